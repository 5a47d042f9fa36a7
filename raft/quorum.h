#pragma once

#include <map>
#include <vector>

#include "base/clock.h"
#include "raft/voter_set.h"

/// What a majority says: the arithmetic of the quorum, as pure functions.
namespace millrace::raft {

/// The largest offset that a majority of voters has reached, given what each has. Requires: not
/// empty.
Offset majority_end(std::vector<Offset> ends);

/// The latest moment since which a majority has been heard of. Requires: not empty.
MonotonicTime majority_heard(std::vector<MonotonicTime> heard);

/// Answers to one round of votes. Only those of voters count, and the first of each.
class Ballot {
 public:
  enum class Outcome { kOpen, kWon, kLost };

  /// `replica` answered.
  void count(const Replica& replica, bool granted) { answers_.try_emplace(replica, granted); }
  [[nodiscard]] Outcome outcome(const VoterSet& voters) const;
  [[nodiscard]] std::string describe() const;

 private:
  std::map<Replica, bool> answers_;
};

}  // namespace millrace::raft
