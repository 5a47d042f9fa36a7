#pragma once

#include <vector>

#include "raft/types.h"

namespace millrace::raft {

/// The voter sets that a log names, oldest first. The newest counts from the moment that it is in
/// the log, committed or not; cutting it off brings back the one before (thesis, 4.1). A value.
class VoterHistory {
 public:
  /// What holds at the start of the log.
  explicit VoterHistory(VoterSet voters = {}, Offset end = Offset(0))
      : sets_{{end, std::move(voters)}} {}

  [[nodiscard]] const VoterSet& latest() const { return sets_.back().voters; }
  /// The log up to here contains the newest set: it is committed when this is.
  [[nodiscard]] Offset latest_end() const { return sets_.back().end; }
  /// What holds in the log up to `end`, which is not before the start of the log.
  [[nodiscard]] const VoterSet& at(Offset end) const;

  /// The entry at `offset` says so. Requires: offsets grow.
  void append(Offset offset, VoterSet voters);
  void truncate(Offset end);
  /// The log starts at `start`.
  void compact(Offset start);

 private:
  struct Named {
    Offset end;  // one after the entry
    VoterSet voters;
  };
  std::vector<Named> sets_;  // never empty
};

}  // namespace millrace::raft
