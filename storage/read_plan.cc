#include "storage/read_plan.h"

#include "proto/kafka/records/batch_header.h"
#include "proto/kafka/records/record_reader.h"
#include "storage/segment_reader.h"

namespace millrace::storage {

namespace {

using kafka::BatchHeader;

constexpr std::size_t kDecompressedBytesMax = 256 << 20;

Result<ReadResult> carry_out(const ReadPlan& plan, std::shared_ptr<const SegmentIndex> index,
                             ReadFrom from, ReadMemory& memory) {
  SegmentReader reader(plan, std::move(index), from, memory);
  RETURN_IF_ERROR(reader.skip_to_first([](const BatchHeader&) {}));
  return reader.collect();
}

/// The first record of one batch at or after `from` that is new enough.
Result<FoundRecord> find_in_batch(const BatchHeader& header, ByteView batch, Offset from,
                                  TimestampMs timestamp) {
  std::vector<std::uint8_t> storage;
  ASSIGN_OR_RETURN(const ByteView body,
                   kafka::batch_body(header, batch, kDecompressedBytesMax, storage));
  kafka::RecordReader reader(header, body);
  kafka::RecordView record;
  for (;;) {
    ASSIGN_OR_RETURN(const bool more, reader.next(record));
    if (!more) return FoundRecord{};
    if (record.offset >= from && record.timestamp >= timestamp) {
      return FoundRecord{record.offset, record.timestamp, header.leader_epoch};
    }
  }
}

/// The same in a run of whole batches.
Result<FoundRecord> find_in_batches(ByteView bytes, Offset from, TimestampMs timestamp) {
  while (!bytes.empty()) {
    const BatchHeader header = kafka::read_batch_header(bytes);
    if (header.max_timestamp >= timestamp) {
      ASSIGN_OR_RETURN(const FoundRecord found, find_in_batch(header, bytes, from, timestamp));
      if (found.offset != kNoOffset) return found;
    }
    bytes = bytes.subspan(header.total_bytes());
  }
  return FoundRecord{};
}

}  // namespace

Result<ReadResult> read_cached(const ReadPlan& plan, ReadMemory& memory) {
  if (!plan.index) return fail(ErrorCode::kWouldBlock, "the segment's index is not in memory");
  return carry_out(plan, plan.index, ReadFrom::kPageCache, memory);
}

Result<ReadResult> read_now(FileSystem& files, const ReadPlan& plan, ReadMemory& memory) {
  if (plan.index) return carry_out(plan, plan.index, ReadFrom::kDisk, memory);
  ASSIGN_OR_RETURN(auto index, load_index(files, *plan.files, plan.end));
  ASSIGN_OR_RETURN(ReadResult result, carry_out(plan, index, ReadFrom::kDisk, memory));
  result.loaded = std::move(index);
  return result;
}

Result<ReadResult> read_now(FileSystem& files, const ReadPlan& plan) {
  HeapMemory memory;
  return read_now(files, plan, memory);
}

Result<FoundRecord> find_by_time(FileSystem& files, const ReadPlan& plan, TimestampMs timestamp) {
  ReadPlan step = plan;
  if (!step.index) {
    ASSIGN_OR_RETURN(const auto index, load_index(files, *step.files, step.end));
    const Offset base = step.files->base_offset;
    if (const auto older = index->floor_offset_by_time(timestamp))
      step.from = std::max(step.from, base + *older + 1);
    step.position =
        std::min(step.end, index->floor_position(static_cast<std::uint32_t>(step.from - base)));
    step.index = index;
  }
  while (step.from < step.limit) {
    ASSIGN_OR_RETURN(const ReadResult read, read_now(files, step));
    if (read.bytes.empty()) return FoundRecord{};
    for (const SharedBytes& piece : read.bytes.pieces()) {
      ASSIGN_OR_RETURN(const FoundRecord found,
                       find_in_batches(piece.view(), plan.from, timestamp));
      if (found.offset != kNoOffset) return found;
    }
    step.from = read.next;
    step.position = read.next_position;
  }
  return FoundRecord{};
}

}  // namespace millrace::storage
