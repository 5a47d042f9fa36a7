#pragma once

#include <optional>
#include <vector>

#include "raft/types.h"

namespace millrace::raft {

/// Which term each entry of a log has: one pair for a term, however many entries it has. A value.
///
/// Invariant: terms and first offsets grow strictly; the log is [start().end, end()).
class TermHistory {
 public:
  struct Run {
    Term term;
    Offset first;
    friend bool operator==(const Run&, const Run&) = default;
  };

  /// An empty log that goes on after `start`.
  explicit TermHistory(LogPosition start = {Term(0), Offset(0)}) : start_(start), end_(start.end) {}

  /// The log begins here: what lies before is in a snapshot.
  [[nodiscard]] const LogPosition& start() const { return start_; }
  [[nodiscard]] Offset end() const { return end_; }
  [[nodiscard]] LogPosition last() const { return {term_before(end_), end_}; }
  [[nodiscard]] const std::vector<Run>& runs() const { return runs_; }

  /// One more entry. Requires: term >= last().term.
  void append(Term term);
  /// Requires: start().end <= end <= this->end().
  void truncate(Offset end);
  /// Forgets what lies before `start`. Requires: contains(start).
  void compact(LogPosition start);

  /// Whether this log may be cut at `position` and is then what `position` says.
  [[nodiscard]] bool contains(LogPosition position) const;
  /// Term of the entry before `end`. Requires: start().end <= end <= this->end().
  [[nodiscard]] Term term_before(Offset end) const;
  /// The last position at or before `wanted.end` that is of no later term: where a log that lacks
  /// `wanted` may agree with one that has it (KIP-595, diverging epoch). Never before start().
  [[nodiscard]] LogPosition nearest(LogPosition wanted) const;

  friend bool operator==(const TermHistory&, const TermHistory&) = default;

 private:
  LogPosition start_;
  Offset end_;
  std::vector<Run> runs_;
};

}  // namespace millrace::raft
