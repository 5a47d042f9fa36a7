#pragma once

#include <deque>
#include <map>
#include <optional>
#include <variant>

#include "base/clock.h"
#include "raft/messages.h"
#include "raft/quorum.h"

/// What a replica is at the moment. Each role has its own data, so that none can touch another's.
///
///                 times out              majority would         majority did
///   Follower ---------------> Prospective ------------> Candidate ----------> Leader
///      ^  ^                        |                        |                    |
///      |  +--- leader or later term, or lost ---------------+                    |
///      +------------- later term, or no majority for election_timeout ----------+
namespace millrace::raft {

/// Also an observer: whether it votes, the voter set says.
struct Follower {
  std::optional<Replica> leader;
  MonotonicTime heard;     // of the leader
  MonotonicTime deadline;  // then it campaigns, or looks for the leader
  Offset match_end{0};     // this log is the leader's up to here
  std::uint64_t round = 0;
  Offset acked_end{0};                  // last told to the leader
  std::optional<LogPosition> incoming;  // a snapshot, of which ...
  std::uint64_t incoming_bytes = 0;     // ... so much was saved
};

struct Prospective {
  Ballot ballot;
  MonotonicTime deadline;
};

struct Candidate {
  Ballot ballot;
  MonotonicTime deadline;
  bool transfer = false;
  std::uint64_t vote_number = 0;  // save of the own vote: counts when durable
};

/// Where the two logs agree is not known: one message at a time.
struct Probing {
  bool waiting = false;
};
/// They agree up to `match`; more is sent without waiting.
struct Replicating {
  struct InFlight {
    Offset end;
    std::size_t bytes;
  };
  std::deque<InFlight> in_flight;
  std::size_t bytes = 0;
  bool reading = false;  // entries, from disk
};
/// What the follower lacks is gone from the log.
struct Snapshotting {
  LogPosition id;
  std::uint64_t position = 0;  // of the piece that is next
  bool waiting = false;        // for an answer to it
  MonotonicTime asked;         // for it, from the disk
};

/// What a leader knows of one other replica.
struct Progress {
  Offset match{0};  // durable there
  Offset next{0};   // next to send
  MonotonicTime heard;
  std::uint64_t round = 0;  // last answered
  Offset committed_sent{0};
  std::variant<Probing, Replicating, Snapshotting> state;
};

struct PendingRead {
  std::uint64_t token;
  std::uint64_t round;  // a majority has to answer it
};

struct Transfer {
  Replica to;
  MonotonicTime deadline;
  bool sent = false;
};

struct Leader {
  Offset first{0};  // of its term
  std::map<Replica, Progress> progress;
  std::uint64_t round = 0;
  MonotonicTime next_heartbeat;
  std::deque<PendingRead> reads;
  std::optional<Transfer> transfer;
  std::size_t uncommitted_bytes = 0;  // proposed in this term
  std::deque<std::pair<Offset, std::size_t>> uncommitted;
};

using Role = std::variant<Follower, Prospective, Candidate, Leader>;

}  // namespace millrace::raft
