#pragma once

#include <deque>
#include <vector>

#include "raft/types.h"

namespace millrace::raft {

/// The newest entries of a log, in memory: what followers need nearly always. Entries before it are
/// on disk alone. A value.
class EntryWindow {
 public:
  /// An empty window at the end of a log.
  explicit EntryWindow(Offset end = Offset(0)) : first_(end) {}

  [[nodiscard]] Offset first() const { return first_; }
  [[nodiscard]] Offset end() const { return first_ + static_cast<std::int64_t>(entries_.size()); }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

  /// Requires: entry.offset == end().
  void append(Entry entry);
  /// Drops everything from `end` on; an end before first() leaves an empty window there.
  void truncate(Offset end);
  /// Drops the oldest entries below `limit` until at most `bytes_max` are left.
  void trim(Offset limit, std::size_t bytes_max);

  /// Entries from `from` on: at least one, then as many as fit `bytes_max`; none at end().
  /// Requires: first() <= from <= end().
  [[nodiscard]] std::vector<Entry> read(Offset from, std::size_t bytes_max) const;

 private:
  Offset first_;
  std::deque<Entry> entries_;
  std::size_t bytes_ = 0;
};

}  // namespace millrace::raft
