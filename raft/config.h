#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "raft/voter_set.h"

namespace millrace::raft {

/// What one replica is told when it starts. All durations are of the monotonic clock.
struct Config {
  Replica self;

  /// A follower that heard nothing of a leader for a random time in [election_timeout, twice that)
  /// campaigns; within election_timeout it elects nobody else. A leader that a majority has not
  /// answered for as long steps down. At least three heartbeats.
  Duration election_timeout = std::chrono::milliseconds(500);
  /// Between two messages of a leader to a follower.
  Duration heartbeat_interval = std::chrono::milliseconds(100);
  /// A save that takes longer makes a leader step down and keeps others from campaigning: whoever
  /// has a better disk shall lead. At least election_timeout.
  Duration save_timeout = std::chrono::milliseconds(1'000);
  /// A replica without a vote that is not heard of for so long is forgotten.
  Duration observer_timeout = std::chrono::seconds(10);

  /// Errors: kInvalidArgument, names the field and what it must agree with.
  [[nodiscard]] Status validate() const;
};

}  // namespace millrace::raft
