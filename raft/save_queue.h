#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "base/clock.h"
#include "raft/types.h"

namespace millrace::raft {

/// What was asked of the disk and is not durable yet, in order; and so, up to where this log is
/// durable. The disk answers in the order it was asked. A value.
///
/// Why a queue and not a number: an entry that was cut off and replaced may be reported durable
/// after it was cut. It must not count for the entry that took its place. (As long as replies wait
/// for the term to be durable, a leader learns too late of a follower to cut what is still being
/// saved; that is an argument over three files, and this class holds without it.)
class SaveQueue {
 public:
  explicit SaveQueue(Offset durable_end = Offset(0)) : durable_end_(durable_end) {}

  /// Everything below is durable, as this replica has it now.
  [[nodiscard]] Offset durable_end() const { return durable_end_; }
  /// Of the last save that holds term or vote; what is said after it waits for it.
  [[nodiscard]] std::uint64_t hard_state_number() const { return hard_state_number_; }
  /// All saves up to this one are durable.
  [[nodiscard]] std::uint64_t saved() const { return saved_; }
  [[nodiscard]] bool idle() const { return pending_.empty(); }
  /// When the oldest save that is not durable was asked for.
  [[nodiscard]] std::optional<MonotonicTime> waiting_since() const;

  /// Asks for one more, which leaves the log ending at `end`; the result is its number.
  std::uint64_t add(Offset end, std::optional<Offset> truncate_to, bool hard_state,
                    MonotonicTime now);
  /// All up to `number` are durable. Requires: it was asked for.
  void on_saved(std::uint64_t number);
  /// A snapshot took the place of the log, which now begins and ends at `end`.
  void on_replaced(Offset end);

 private:
  struct Pending {
    std::uint64_t number;
    Offset end;
    std::optional<Offset> truncate_to;
    MonotonicTime since;
  };

  std::deque<Pending> pending_;
  Offset durable_end_;
  std::uint64_t last_ = 0;
  std::uint64_t saved_ = 0;
  std::uint64_t hard_state_number_ = 0;
};

}  // namespace millrace::raft
