#include "storage/read_plan.h"

#include <fmt/format.h>

#include <algorithm>

#include "proto/kafka/records/batch_header.h"
#include "proto/kafka/records/record_reader.h"
#include "storage/sum.h"
#include "storage/whole_file.h"

namespace millrace::storage {

namespace {

using kafka::BatchHeader;
using kafka::kBatchHeaderBytes;

/// Read beside the bytes asked for, so that finding the first batch rarely takes another read.
constexpr std::size_t kSlackBytes = 8 * 1024;
constexpr std::size_t kDecompressedBytesMax = 256 << 20;

using ReadSome = Result<std::size_t> (File::*)(std::uint64_t, MutableByteView);

/// One plan being carried out.
class Reading {
 public:
  Reading(const ReadPlan& plan, std::shared_ptr<const SegmentIndex> index, ReadSome read)
      : plan_(plan), index_(std::move(index)), read_(read), position_(plan.position) {
    if (!plan.index && index_) {
      position_ =
          index_->floor_position(static_cast<std::uint32_t>(plan.from - plan.files->base_offset));
    }
  }

  Result<ReadResult> run() {
    RETURN_IF_ERROR(skip_to_first());
    if (position_ >= plan_.end || first_.base_offset >= plan_.limit)
      return ReadResult{{}, plan_.from, nullptr};
    const std::size_t wanted = std::max(plan_.max_bytes, first_.total_bytes());
    RETURN_IF_ERROR(fill(std::min<std::uint64_t>(wanted, plan_.end - position_)));
    return collect();
  }

  /// Moves to the first batch that holds an offset at or after plan.from.
  Status skip_to_first() {
    while (position_ < plan_.end) {
      RETURN_IF_ERROR(fill(std::min<std::uint64_t>(kBatchHeaderBytes, plan_.end - position_)));
      const auto header = header_at_position();
      if (!header) return fail(header.error());
      first_ = *header;
      if (first_.last_offset() >= plan_.from) return {};
      position_ += first_.total_bytes();
    }
    return {};
  }

  [[nodiscard]] std::uint64_t position() const { return position_; }
  [[nodiscard]] const BatchHeader& first() const { return first_; }

 private:
  [[nodiscard]] ByteView at_position() const {
    return ByteView(*block_).subspan(static_cast<std::size_t>(position_ - block_start_),
                                     filled_ - static_cast<std::size_t>(position_ - block_start_));
  }

  tl::unexpected<Error> corrupt(std::uint64_t position, std::string_view what) const {
    return fail(ErrorCode::kCorruptMessage,
                fmt::format("{} at byte {}: {}", plan_.files->path(".log"), position, what));
  }

  /// Makes sure that `count` bytes from position_ on are in the block.
  Status fill(std::size_t count) {
    if (block_ && position_ >= block_start_ && position_ + count <= block_start_ + filled_)
      return {};
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(
        std::max(count, plan_.max_bytes / 8 + kSlackBytes), plan_.end - position_));
    auto block = std::make_shared<std::vector<std::uint8_t>>(
        std::max(count, std::min(wanted, plan_.max_bytes + kSlackBytes)));
    std::size_t got = 0;
    while (got < count) {
      auto some =
          (plan_.files->log.get()->*read_)(position_ + got, MutableByteView(*block).subspan(got));
      if (!some) return fail(some.error());
      if (*some == 0) {
        return corrupt(position_ + got, "the file ends before the batch does");
      }
      got += *some;
    }
    block_ = std::move(block);
    block_start_ = position_;
    filled_ = got;
    return {};
  }

  Result<BatchHeader> header_at_position() const {
    const ByteView bytes = at_position();
    if (bytes.size() < kBatchHeaderBytes)
      return corrupt(position_, "the file ends inside a batch header");
    const BatchHeader header = kafka::read_batch_header(bytes);
    const auto sum = find_sum(index_->sums(), static_cast<std::uint32_t>(position_));
    if (!sum) return corrupt(position_, "no checksum is recorded for a batch here");
    if (sum->crc != sum_of(plan_.id, bytes))
      return corrupt(position_, "the batch header does not match its recorded checksum");
    return header;
  }

  /// Cuts the block into whole batches that pass their checks.
  Result<ReadResult> collect() {
    const std::uint64_t begin = position_;
    Offset next = plan_.from;
    while (position_ < plan_.end && at_position().size() >= kBatchHeaderBytes) {
      ASSIGN_OR_RETURN(const BatchHeader header, header_at_position());
      const bool is_first = position_ == begin;
      if (header.base_offset >= plan_.limit || header.total_bytes() > at_position().size()) break;
      if (!is_first && position_ - begin + header.total_bytes() > plan_.max_bytes) break;
      if (!kafka::batch_crc_holds(header, at_position()))
        return corrupt(position_, "the batch does not match its CRC-32C");
      next = header.end_offset();
      position_ += header.total_bytes();
    }
    ReadResult result{{}, next, nullptr};
    const SharedBytes whole(block_, ByteView(*block_));
    result.bytes.append(whole.slice(static_cast<std::size_t>(begin - block_start_),
                                    static_cast<std::size_t>(position_ - begin)));
    return result;
  }

  const ReadPlan& plan_;
  std::shared_ptr<const SegmentIndex> index_;
  ReadSome read_;
  std::uint64_t position_;
  BatchHeader first_;
  std::shared_ptr<std::vector<std::uint8_t>> block_;
  std::uint64_t block_start_ = 0;
  std::size_t filled_ = 0;
};

Result<std::shared_ptr<const SegmentIndex>> load_index(FileSystem& files, const ReadPlan& plan) {
  ASSIGN_OR_RETURN(const auto offsets, read_whole_file(files, plan.files->path(".index")));
  ASSIGN_OR_RETURN(const auto times, read_whole_file(files, plan.files->path(".timeindex")));
  ASSIGN_OR_RETURN(const auto sums, read_whole_file(files, plan.files->path(".sum")));
  const std::vector<std::uint8_t> none;
  return std::make_shared<const SegmentIndex>(SegmentIndex::decode(
      offsets.value_or(none), times.value_or(none), sums.value_or(none), plan.end));
}

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

}  // namespace

Result<ReadResult> read_cached(const ReadPlan& plan) {
  if (!plan.index) return fail(ErrorCode::kWouldBlock, "the segment's index is not in memory");
  return Reading(plan, plan.index, &File::read_cached_at).run();
}

Result<ReadResult> read_now(FileSystem& files, const ReadPlan& plan) {
  std::shared_ptr<const SegmentIndex> index = plan.index;
  if (!index) {
    ASSIGN_OR_RETURN(index, load_index(files, plan));
  }
  ASSIGN_OR_RETURN(ReadResult result, Reading(plan, index, &File::read_at).run());
  if (!plan.index) result.loaded = std::move(index);
  return result;
}

Result<BatchPlace> locate_batch(FileSystem& files, const ReadPlan& plan) {
  std::shared_ptr<const SegmentIndex> index = plan.index;
  if (!index) {
    ASSIGN_OR_RETURN(index, load_index(files, plan));
  }
  Reading reading(plan, index, &File::read_at);
  RETURN_IF_ERROR(reading.skip_to_first());
  if (reading.position() >= plan.end) return BatchPlace{plan.limit, plan.end, std::move(index)};
  return BatchPlace{reading.first().base_offset, reading.position(), std::move(index)};
}

Result<FoundRecord> find_by_time(FileSystem& files, const ReadPlan& plan, TimestampMs timestamp) {
  ReadPlan step = plan;
  while (step.from < plan.limit) {
    ASSIGN_OR_RETURN(ReadResult read, read_now(files, step));
    if (read.loaded) step.index = read.loaded;
    if (read.bytes.empty()) return FoundRecord{};
    for (ByteView bytes = read.bytes.pieces()[0].view(); !bytes.empty();) {
      const BatchHeader header = kafka::read_batch_header(bytes);
      if (header.max_timestamp >= timestamp) {
        ASSIGN_OR_RETURN(const FoundRecord found,
                         find_in_batch(header, bytes, plan.from, timestamp));
        if (found.offset != kNoOffset) return found;
      }
      bytes = bytes.subspan(header.total_bytes());
    }
    step.from = read.next;
    step.position =
        step.index->floor_position(static_cast<std::uint32_t>(step.from - step.files->base_offset));
  }
  return FoundRecord{};
}

}  // namespace millrace::storage
