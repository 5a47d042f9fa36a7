#include "storage/truncation.h"

#include <algorithm>

#include "storage/segment_reader.h"

namespace millrace::storage {

Result<Cut> locate_cut(FileSystem& files, const TruncationPlan& plan) {
  ReadPlan read = plan.read;
  if (!read.index) {
    ASSIGN_OR_RETURN(read.index, load_index(files, *read.files, read.end));
  }
  const Offset base = read.files->base_offset;
  // The walk begins at a batch that stays: the time index then tells of everything before it.
  const auto relative = static_cast<std::uint32_t>(read.from - base);
  read.position = relative == 0 ? 0 : std::min(read.index->floor_position(relative - 1), read.end);
  TimestampMs max_timestamp = kNoTimestamp;
  Offset max_timestamp_offset = kNoOffset;
  HeapMemory memory;
  SegmentReader reader(read, read.index, ReadFrom::kDisk, memory);
  RETURN_IF_ERROR(reader.skip_to_first([&](const kafka::BatchHeader& passed) {
    if (passed.max_timestamp <= max_timestamp) return;
    max_timestamp = passed.max_timestamp;
    max_timestamp_offset = passed.last_offset();
  }));
  Offset end = read.from;
  if (reader.position() < read.end) end = std::min(end, reader.first().base_offset);

  auto cut_index = std::make_shared<SegmentIndex>(*read.index);
  cut_index->cut(static_cast<std::uint32_t>(end - base), reader.position());
  if (!cut_index->times().empty() && cut_index->times().back().timestamp >= max_timestamp) {
    max_timestamp = cut_index->times().back().timestamp;
    max_timestamp_offset = base + cut_index->times().back().relative_offset;
  }
  ProducerReplay replay = plan.producers;
  replay.end = end;
  ASSIGN_OR_RETURN(ProducerState producers, replay_producers(files, replay));
  return Cut{end,
             reader.position(),
             base,
             read.generation,
             std::move(cut_index),
             max_timestamp,
             max_timestamp_offset,
             std::move(producers)};
}

}  // namespace millrace::storage
