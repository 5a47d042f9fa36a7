#pragma once

#include <string>
#include <vector>

#include "raft/entry_window.h"
#include "raft/save_queue.h"
#include "raft/term_history.h"
#include "raft/types.h"
#include "raft/voter_history.h"

namespace millrace::raft {

/// The log as the core knows it: which entry has which term, the newest entries, who votes, what is
/// durable and what is committed. The entries themselves are on disk; Raft says what to save. A
/// value.
///
/// Invariants, checked by check_invariants():
///  1. start().end <= committed_end <= durable_end <= end.
///  2. committed_end never falls; nothing below it is cut off.
///  3. The window ends where the log ends.
class Log {
 public:
  /// An empty log after a snapshot at `start`, or one that was found on disk: `runs` tell the terms
  /// of its entries up to `end`, which are all durable.
  struct Found {
    LogPosition start{Term(0), Offset(0)};
    std::vector<TermHistory::Run> runs;
    Offset end{0};
    VoterHistory voters;
  };
  explicit Log(Found found);

  [[nodiscard]] LogPosition start() const { return terms_.start(); }
  [[nodiscard]] Offset end() const { return terms_.end(); }
  /// What candidates are compared by.
  [[nodiscard]] LogPosition last() const { return terms_.last(); }
  [[nodiscard]] Offset durable_end() const { return saves.durable_end(); }
  [[nodiscard]] Offset committed_end() const { return committed_end_; }
  [[nodiscard]] const TermHistory& terms() const { return terms_; }
  [[nodiscard]] const EntryWindow& window() const { return window_; }
  [[nodiscard]] const VoterHistory& voters() const { return voters_; }

  /// Appends. Requires: entry.offset == end().
  void append(const Entry& entry);
  /// Cuts everything from `end` on. Requires: committed_end() <= end <= end().
  void truncate(Offset end);
  /// The disk dropped what lies before `start`, which a snapshot contains. Requires: committed.
  void compact(LogPosition start);
  /// A snapshot at `start` took the place of everything.
  void replace(LogPosition start, const VoterSet& voters);

  /// Everything below `end` is committed, though perhaps not durable here yet.
  void note_committed(Offset end);
  /// Takes what became durable into account.
  void on_saved(std::uint64_t number);

  /// What the disk was asked for; Raft adds to it.
  SaveQueue saves;

  void check_invariants() const;
  [[nodiscard]] std::string describe() const;

 private:
  void advance();

  TermHistory terms_;
  EntryWindow window_;
  VoterHistory voters_;
  Offset known_committed_{0};  // may be above what is durable here
  Offset committed_end_{0};
};

}  // namespace millrace::raft
