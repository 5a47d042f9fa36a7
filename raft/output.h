#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "raft/messages.h"
#include "raft/types.h"

/// What the core wants done, and what comes back of it. Everything here is a plain value.
namespace millrace::raft {

/// Makes term and vote, and a change of the log, durable together. Saves are carried out one after
/// the other; Saved answers.
struct Save {
  std::uint64_t number = 0;
  std::optional<HardState> state;
  std::optional<Offset> truncate_to;  // first cut off everything from here on
  std::vector<Entry> entries;         // then append
};

/// Reads entries from disk for a follower, as many as fit; EntriesRead answers.
struct ReadEntries {
  Replica follower;
  Offset from;
  std::size_t bytes_max = 0;
};
/// Reads a piece of a snapshot for a follower; ChunkRead answers.
struct ReadChunk {
  Replica follower;
  LogPosition id;
  std::uint64_t position = 0;
  std::size_t bytes_max = 0;
};
/// Writes a piece of a snapshot that is coming in; position 0 begins anew. After the last piece:
/// check it as a whole, make it durable, let it take the place of log and image; then
/// SnapshotStored answers. A snapshot that is not whole is never used.
struct SaveChunk {
  LogPosition id;
  std::uint64_t position = 0;
  SharedBytes bytes;
  bool last = false;
};

/// Answer to Raft::read.
struct ReadDone {
  std::uint64_t token = 0;
  /// Apply up to here, then the read sees everything that was committed when it was asked. Nothing:
  /// this replica does not lead (any more); ask the leader.
  std::optional<Offset> end;
};

struct Output {
  std::vector<Save> saves;
  std::vector<Message> messages;
  std::vector<ReadEntries> entry_reads;
  std::vector<ReadChunk> chunk_reads;
  std::vector<SaveChunk> chunk_saves;
  std::vector<ReadDone> reads;

  [[nodiscard]] bool empty() const {
    return saves.empty() && messages.empty() && entry_reads.empty() && chunk_reads.empty() &&
           chunk_saves.empty() && reads.empty();
  }
};

/// All saves up to `number` are durable.
struct Saved {
  std::uint64_t number = 0;
};
/// What ReadEntries asked for; without entries the read failed and is asked again later.
struct EntriesRead {
  Replica follower;
  std::vector<Entry> entries;
  Term term;  // of the leader that asked
};
/// What ReadChunk asked for. Not found: the snapshot is gone, a newer one took its place.
struct ChunkRead {
  Replica follower;
  LogPosition id;
  std::uint64_t position = 0;
  bool found = false;
  SharedBytes bytes;
  bool last = false;
};
/// What came of the last piece: the voters in the snapshot, or nothing when it was not whole.
struct SnapshotStored {
  LogPosition id;
  std::optional<VoterSet> voters;
};
/// A snapshot of what was applied here is durable, and the log was dropped below `log_start`.
struct SnapshotTaken {
  LogPosition id;
  LogPosition log_start;
};

using Input = std::variant<Message, Saved, EntriesRead, ChunkRead, SnapshotStored, SnapshotTaken>;

std::string describe(const Output& output);
std::string describe(const Save& save);

}  // namespace millrace::raft
