#pragma once

#include <cstddef>
#include <iterator>
#include <optional>
#include <string_view>

#include "base/bytes.h"

namespace millrace::kafka {

/// One header of a record. Views live as long as the batch's bytes.
struct RecordHeaderView {
  std::string_view key;
  std::optional<ByteView> value;
};

/// Takes a length and that many bytes off the front; a length of -1 is null. False when they are
/// not there.
bool take_nullable(ByteView& bytes, std::optional<ByteView>& into);

/// The headers of one record, decoded as they are walked: a hostile record may hold millions of
/// empty ones, so nothing is allocated for them.
class RecordHeadersView {
 public:
  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = RecordHeaderView;
    using difference_type = std::ptrdiff_t;
    using pointer = const RecordHeaderView*;
    using reference = const RecordHeaderView&;

    reference operator*() const { return current_; }
    pointer operator->() const { return &current_; }
    Iterator& operator++();
    friend bool operator==(const Iterator& a, const Iterator& b) { return a.left_ == b.left_; }

   private:
    friend class RecordHeadersView;
    Iterator(ByteView rest, std::size_t left);

    ByteView rest_;
    std::size_t left_;  // headers from the current one to the end
    RecordHeaderView current_;
  };

  RecordHeadersView() = default;

  /// Takes the count and the headers off the front of `bytes`, looking at every one; nothing when
  /// they are not there.
  static std::optional<RecordHeadersView> take(ByteView& bytes);

  [[nodiscard]] std::size_t size() const { return count_; }
  [[nodiscard]] bool empty() const { return count_ == 0; }
  [[nodiscard]] Iterator begin() const { return {bytes_, count_}; }
  [[nodiscard]] Iterator end() const { return {{}, 0}; }

 private:
  RecordHeadersView(ByteView bytes, std::size_t count) : bytes_(bytes), count_(count) {}

  ByteView bytes_;  // the headers, which take() found to be well formed
  std::size_t count_ = 0;
};

}  // namespace millrace::kafka
