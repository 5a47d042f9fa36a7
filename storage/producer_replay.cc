#include "storage/producer_replay.h"

#include <fmt/format.h>

#include <algorithm>

#include "proto/kafka/records/batch_header.h"
#include "storage/whole_file.h"

namespace millrace::storage {

namespace {

/// The newest readable snapshot at or below `end`; its offset, or the log's start without one.
Result<Offset> load_snapshot(FileSystem& files, const ProducerReplay& replay,
                             ProducerState& state) {
  for (auto at = replay.snapshots.rbegin(); at != replay.snapshots.rend(); ++at) {
    if (*at > replay.end || *at < replay.log_start) continue;
    ASSIGN_OR_RETURN(const auto bytes,
                     read_whole_file(files, snapshot_path(replay.directory, *at)));
    if (!bytes) continue;
    const auto entries = decode_producer_snapshot(*bytes);
    if (!entries) continue;
    for (const auto& [id, entry] : *entries) state.restore(id, entry, replay.now);
    return *at;
  }
  return replay.log_start;
}

/// Where to begin in a segment so that everything from `from` on is seen, and a little before it.
std::uint64_t first_position(const ReplaySegment& segment, Offset from) {
  const Offset base = segment.files->base_offset;
  if (!segment.index || from <= base) return 0;
  const std::uint64_t at = segment.index->floor_position(static_cast<std::uint32_t>(from - base));
  return segment.index->entry_at_or_before(at - std::min(at, kReplayLookBackBytes));
}

/// Reads batch headers alone.
Status replay_segment(const ReplaySegment& segment, Offset from, const ProducerReplay& replay,
                      ProducerState& state) {
  std::vector<std::uint8_t> bytes(kafka::kBatchHeaderBytes);
  std::uint64_t position = first_position(segment, from);
  while (position + bytes.size() <= segment.bytes) {
    ASSIGN_OR_RETURN(const auto got, segment.files->log->read_at(position, bytes));
    if (got < bytes.size()) break;
    const kafka::BatchHeader header = kafka::read_batch_header(bytes);
    if (header.batch_length < 0 || header.base_offset >= replay.end) break;
    if (header.producer_id != kNoProducerId) {
      if (header.end_offset() > from) {
        state.update(header, replay.now);
      } else {
        state.recall(header);
      }
    }
    position += header.total_bytes();
  }
  return {};
}

}  // namespace

Result<ProducerState> replay_producers(FileSystem& files, const ProducerReplay& replay) {
  ProducerState state(replay.producers_max);
  ASSIGN_OR_RETURN(const Offset from, load_snapshot(files, replay, state));
  const auto& segments = replay.segments;
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const bool before = i + 1 < segments.size() && segments[i + 1].files->base_offset <= from;
    if (!before) RETURN_IF_ERROR(replay_segment(segments[i], from, replay, state));
  }
  return state;
}

}  // namespace millrace::storage
