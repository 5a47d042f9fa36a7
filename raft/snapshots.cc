#include "raft/snapshots.h"

#include <algorithm>

#include "base/check.h"
#include "base/crc32c.h"
#include "raft/following.h"
#include "raft/limits.h"
#include "raft/planted.h"
#include "raft/replication.h"

namespace millrace::raft {
namespace {

void ask_for_chunk(State& state, const Replica& to, Snapshotting& sending) {
  sending.waiting = true;
  sending.asked = state.now;
  state.output.chunk_reads.push_back({to, sending.id, sending.position, kChunkBytesMax});
}

/// The progress of a follower that a snapshot is on its way to.
Progress* snapshotting(State& state, const Replica& to) {
  auto* leader = std::get_if<Leader>(&state.role);
  if (leader == nullptr) return nullptr;
  const auto known = leader->progress.find(to);
  if (known == leader->progress.end()) return nullptr;
  return std::holds_alternative<Snapshotting>(known->second.state) ? &known->second : nullptr;
}

void want(State& state, const Follower& follower, LogPosition id) {
  send(state, *follower.leader,
       SnapshotReply{state.hard.term, id, follower.incoming_bytes, follower.round});
}

bool is_sound(const SnapshotChunk& m) {
  return crc32c(m.bytes.view()) == m.crc || planted(Bug::kSnapshotUnchecked);
}

/// This log has, or agrees with, all that is in the snapshot: nothing to install.
bool has_already(State& state, Follower& follower, LogPosition id) {
  if (id.end > state.log.committed_end() && !state.log.terms().contains(id)) return false;
  follower.incoming.reset();
  follower.match_end = std::max(follower.match_end, id.end);
  state.log.note_committed(id.end);
  tell_match(state);  // what was told before may have been lost
  return true;
}

}  // namespace

void begin_snapshot(State& state, const Replica& to, Progress& progress) {
  CHECK_MSG(state.snapshot && state.snapshot->end >= state.log.start().end, state.log.describe());
  progress.state = Snapshotting{*state.snapshot, 0, false, state.now};
  send_snapshot(state, to, progress);
}

void send_snapshot(State& state, const Replica& to, Progress& progress) {
  auto& sending = std::get<Snapshotting>(progress.state);
  if (sending.waiting && state.now - sending.asked < state.config.election_timeout) return;
  ask_for_chunk(state, to, sending);
}

void on_chunk_read(State& state, const ChunkRead& read) {
  Progress* progress = snapshotting(state, read.follower);
  if (progress == nullptr) return;
  auto& sending = std::get<Snapshotting>(progress->state);
  if (sending.id != read.id || sending.position != read.position) return;
  if (!read.found) {
    if (state.snapshot && *state.snapshot != read.id) {
      return begin_snapshot(state, read.follower, *progress);
    }
    return;  // asked again when it has waited for long
  }
  send(state, read.follower,
       SnapshotChunk{state.hard.term, read.id, read.position, read.bytes, crc32c(read.bytes.view()),
                     read.last, std::get<Leader>(state.role).round});
}

void on_snapshot_reply(State& state, const Replica& from, const SnapshotReply& m) {
  if (note_heard(state, from, m.term, m.round) == nullptr) return;
  Progress* progress = snapshotting(state, from);
  if (progress != nullptr) {
    auto& sending = std::get<Snapshotting>(progress->state);
    // An answer that is late asks for a piece that was sent since then.
    if (sending.id == m.id && (m.wanted > sending.position || m.wanted == 0)) {
      sending.position = m.wanted;
      ask_for_chunk(state, from, sending);
    }
  }
  settle(state);
}

void on_snapshot_chunk(State& state, const Replica& from, const SnapshotChunk& m) {
  if (!follow(state, from, m.term)) return;
  auto& follower = std::get<Follower>(state.role);
  follower.round = std::max(follower.round, m.round);
  if (state.installing || has_already(state, follower, m.id)) return;
  if (follower.incoming != m.id) {
    follower.incoming = m.id;
    follower.incoming_bytes = 0;
  }
  if (m.position != follower.incoming_bytes || !is_sound(m)) return want(state, follower, m.id);
  follower.incoming_bytes += m.bytes.size();
  state.output.chunk_saves.push_back({m.id, m.position, m.bytes, m.last});
  if (!m.last) return want(state, follower, m.id);
  state.installing = m.id;
}

void on_snapshot_stored(State& state, const SnapshotStored& stored) {
  CHECK(state.installing == stored.id);
  state.installing.reset();
  auto* follower = std::get_if<Follower>(&state.role);
  CHECK(follower != nullptr);  // nobody campaigns while a snapshot is installed
  follower->incoming.reset();
  follower->incoming_bytes = 0;
  if (stored.voters) {
    state.log.replace(stored.id, *stored.voters);
    state.snapshot = stored.id;
    follower->acked_end = Offset(0);
  }
  if (!follower->leader) return;
  if (!stored.voters) return want(state, *follower, stored.id);  // from its beginning
  follower->match_end = std::max(follower->match_end, stored.id.end);
  acknowledge(state);
}

void on_snapshot_taken(State& state, const SnapshotTaken& taken) {
  CHECK_MSG(taken.id.end <= state.log.committed_end(), state.log.describe());
  if (state.snapshot && state.snapshot->end >= taken.id.end) return;
  state.snapshot = taken.id;
  if (taken.log_start.end > state.log.start().end) state.log.compact(taken.log_start);
}

}  // namespace millrace::raft
