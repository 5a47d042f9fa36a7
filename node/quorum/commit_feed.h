#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <vector>

#include "raft/output.h"

namespace millrace::node {

/// Entries on their way from the quorum's core to the state machine. The core says how far is
/// committed and forgets the entries themselves; this keeps what it appended until then, and says
/// what has to be read from disk because it was there before the process began.
///
/// Owned by the quorum's host. Invariants:
///  1. Entries leave in order of their offsets, each once, and only below what is committed.
///  2. What is in memory begins at or above applied_end() and has no hole.
class CommitFeed {
 public:
  /// The state machine is at `applied_end`; what is in [applied_end, log_end) lies on disk.
  CommitFeed(Offset applied_end, Offset log_end) : applied_end_(applied_end), first_(log_end) {}

  /// The core asked for this save.
  void on_save(const raft::Save& save);
  /// A snapshot that ends here took the place of log and state machine.
  void restart_at(Offset end);

  /// The next entries to apply, as far as they are in memory. They count as applied from now on.
  std::vector<raft::Entry> take(Offset committed_end);
  /// Where the next committed entry has to be read from disk; nothing when it is in memory.
  [[nodiscard]] std::optional<Offset> missing(Offset committed_end) const;
  /// The entries found on disk at missing(); those that are not committed are left out.
  std::vector<raft::Entry> take_read(std::vector<raft::Entry> found, Offset committed_end);

  [[nodiscard]] Offset applied_end() const { return applied_end_; }

 private:
  Offset applied_end_;
  Offset first_;                       // of what is in memory
  std::deque<raft::Entry> in_memory_;  // from first_ on
};

}  // namespace millrace::node
