#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <type_traits>
#include <utility>

namespace millrace {

/// A number that means one thing. Two strong types never mix, and neither converts to or from its
/// representation silently: write `Offset(5)` and `offset.value()`.
///
/// `Tag` names the meaning; it may define `static constexpr bool kIsPosition = true` for types that
/// count along an axis (offsets), which adds `+ n`, `- n`, `++` and the distance of two positions.
template <class Tag, class Rep>
class Strong {
 public:
  using rep = Rep;

  constexpr Strong() = default;
  constexpr explicit Strong(Rep value) : value_(value) {}

  [[nodiscard]] constexpr Rep value() const { return value_; }

  friend constexpr auto operator<=>(Strong, Strong) = default;
  friend constexpr bool operator==(Strong, Strong) = default;

  template <class H>
  friend H AbslHashValue(H state, Strong strong) {
    return H::combine(std::move(state), strong.value_);
  }

 private:
  Rep value_{};
};

template <class T>
concept PositionTag = T::kIsPosition;

template <PositionTag Tag, class Rep>
constexpr Strong<Tag, Rep> operator+(Strong<Tag, Rep> position, std::type_identity_t<Rep> count) {
  return Strong<Tag, Rep>(position.value() + count);
}
template <PositionTag Tag, class Rep>
constexpr Strong<Tag, Rep> operator-(Strong<Tag, Rep> position, std::type_identity_t<Rep> count) {
  return Strong<Tag, Rep>(position.value() - count);
}
/// Distance from `b` to `a`.
template <PositionTag Tag, class Rep>
constexpr Rep operator-(Strong<Tag, Rep> a, Strong<Tag, Rep> b) {
  return a.value() - b.value();
}
template <PositionTag Tag, class Rep>
constexpr Strong<Tag, Rep>& operator++(Strong<Tag, Rep>& position) {
  return position = position + 1;
}

template <class Tag, class Rep>
std::string to_string(Strong<Tag, Rep> strong) {
  return std::to_string(strong.value());
}

}  // namespace millrace

template <class Tag, class Rep>
struct std::hash<millrace::Strong<Tag, Rep>> {
  std::size_t operator()(millrace::Strong<Tag, Rep> strong) const noexcept {
    return std::hash<Rep>{}(strong.value());
  }
};
