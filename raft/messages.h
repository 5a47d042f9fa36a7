#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "raft/types.h"

/// What replicas tell each other. Any of them may be lost, late, doubled or out of order; each says
/// the term that its sender was in.
namespace millrace::raft {

/// "Would you (pre), will you elect me?" A pre-vote asks about the next term without beginning it,
/// so that a replica that cannot win does not disturb (thesis 9.6, KIP-996).
struct VoteRequest {
  Term term;  // that the candidate wants to lead
  bool pre = false;
  LogPosition last;       // of the candidate's log
  bool transfer = false;  // the leader itself asked for this election
};
struct VoteReply {
  Term term;  // the one asked about when granted, the voter's own when not
  bool pre = false;
  bool granted = false;
};

/// Entries that follow `prev`; without entries a heartbeat.
struct AppendRequest {
  Term term;
  LogPosition prev;
  std::vector<Entry> entries;
  Offset committed_end;
  std::uint64_t round = 0;  // of heartbeats: the reply confirms the leader of that moment
};
struct AppendReply {
  Term term;
  std::uint64_t round = 0;
  bool matched = false;
  /// Matched: the follower's log is the leader's up to `position.end`, durably (the term says
  /// nothing). Not matched: `position` is the last of the follower's log that may agree.
  LogPosition position;
  /// Of the request: tells an old refusal from a new one.
  Offset prev_end;
};

/// One piece of the snapshot at `id`.
struct SnapshotChunk {
  Term term;
  LogPosition id;
  std::uint64_t position = 0;  // of the first byte
  SharedBytes bytes;
  std::uint32_t crc = 0;  // CRC-32C of the bytes
  bool last = false;
  std::uint64_t round = 0;
};
struct SnapshotReply {
  Term term;
  LogPosition id;
  std::uint64_t wanted = 0;  // position of the next piece
  std::uint64_t round = 0;
};

/// From a leader: "begin an election now, I will not lead any longer."
struct TimeoutNow {
  Term term;
};

/// From a replica that nobody sends entries to: "I would follow."
struct Hello {
  Term term;
  LogPosition last;
};
/// From a replica that does not lead: "ask this one."
struct LeaderHint {
  Term term;
  Replica leader;
};

struct Message {
  Replica from;
  Replica to;  // an empty directory id: whichever the node has
  std::variant<VoteRequest, VoteReply, AppendRequest, AppendReply, SnapshotChunk, SnapshotReply,
               TimeoutNow, Hello, LeaderHint>
      body;
};

[[nodiscard]] Term term_of(const Message& message);
std::string describe(const Message& message);

}  // namespace millrace::raft
