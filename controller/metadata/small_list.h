#pragma once

#include <absl/container/inlined_vector.h>

#include <cstddef>
#include <vector>

namespace millrace::controller {

/// A list that holds up to `kInside` elements without memory of its own: images hold hundreds of
/// thousands of them. Converts from and to the vector that it stands for.
template <class T, std::size_t kInside>
class SmallList : public absl::InlinedVector<T, kInside> {
  using Base = absl::InlinedVector<T, kInside>;

 public:
  using Base::Base;
  SmallList() = default;
  SmallList(const std::vector<T>& from) : Base(from.begin(), from.end()) {}

  operator std::vector<T>() const { return {this->begin(), this->end()}; }

  friend bool operator==(const SmallList& a, const SmallList& b) {
    return static_cast<const Base&>(a) == static_cast<const Base&>(b);
  }
};

}  // namespace millrace::controller
