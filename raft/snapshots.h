#pragma once

#include "raft/state.h"

/// Snapshots: to followers that lack what the log no longer has, in checked pieces.
namespace millrace::raft {

/// What `progress` lacks is gone from the log: sends the newest snapshot instead.
void begin_snapshot(State& state, const Replica& to, Progress& progress);
/// Asks for the next piece, or again for one that was not answered for long.
void send_snapshot(State& state, const Replica& to, Progress& progress);

void on_chunk_read(State& state, const ChunkRead& read);
void on_snapshot_reply(State& state, const Replica& from, const SnapshotReply& m);

void on_snapshot_chunk(State& state, const Replica& from, const SnapshotChunk& m);
void on_snapshot_stored(State& state, const SnapshotStored& stored);
void on_snapshot_taken(State& state, const SnapshotTaken& taken);

}  // namespace millrace::raft
