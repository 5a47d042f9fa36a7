#include "storage/segment_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "storage/sum.h"
#include "storage/whole_file.h"

namespace millrace::storage {

namespace {

using kafka::BatchHeader;
using kafka::kBatchHeaderBytes;

/// Read beside the bytes asked for: the index leads to a place before the first batch, and what is
/// skipped should not cost the end of the answer.
constexpr std::size_t kSlackBytes = 8 * 1024;

std::uint64_t start_of(const ReadPlan& plan, const SegmentIndex& index) {
  if (plan.index) return plan.position;
  const auto relative = static_cast<std::uint32_t>(plan.from - plan.files->base_offset);
  return std::min(index.floor_position(relative), plan.end);
}

}  // namespace

SegmentReader::SegmentReader(const ReadPlan& plan, std::shared_ptr<const SegmentIndex> index,
                             ReadFrom from, ReadMemory& memory)
    : plan_(plan),
      index_(std::move(index)),
      from_(from),
      memory_(memory),
      position_(start_of(plan, *index_)) {}

ByteView SegmentReader::at_position() const {
  const auto skipped = static_cast<std::size_t>(position_ - block_start_);
  return {block_.get() + skipped, filled_ - skipped};
}

tl::unexpected<Error> SegmentReader::corrupt(std::uint64_t position, std::string_view what) const {
  return fail(ErrorCode::kCorruptMessage,
              fmt::format("{} at byte {}: {}", plan_.files->path(".log"), position, what));
}

/// Makes sure that `count` bytes from position_ on are in the block. Requires: position_ + count <=
/// plan.end.
Status SegmentReader::fill(std::size_t count) {
  if (block_ && position_ >= block_start_ && position_ + count <= block_start_ + filled_) return {};
  const std::size_t ahead = plan_.max_bytes + kSlackBytes;
  const auto size = static_cast<std::size_t>(
      std::min<std::uint64_t>(std::max(count, ahead), plan_.end - position_));
  auto block = memory_.block(size);
  File& file = *plan_.files->log;
  std::size_t got = 0;
  while (got < count) {
    const MutableByteView rest(block.get() + got, size - got);
    auto some = from_ == ReadFrom::kDisk ? file.read_at(position_ + got, rest)
                                         : file.read_cached_at(position_ + got, rest);
    if (!some) return fail(some.error());
    if (*some == 0) return corrupt(position_ + got, "the file ends before the batch does");
    got += *some;
  }
  block_ = std::move(block);
  block_start_ = position_;
  filled_ = got;
  return {};
}

Result<BatchHeader> SegmentReader::header_at_position() {
  if (plan_.end - position_ < kBatchHeaderBytes)
    return corrupt(position_, "the segment ends inside a batch header");
  RETURN_IF_ERROR(fill(kBatchHeaderBytes));
  const auto sum = find_sum(index_->sums(), static_cast<std::uint32_t>(position_));
  if (!sum) return corrupt(position_, "no checksum is recorded for a batch here");
  if (sum->crc != sum_of(plan_.id, at_position()))
    return corrupt(position_, "the batch header does not match its recorded checksum");
  const BatchHeader header = kafka::read_batch_header(at_position());
  if (header.batch_length < 0 || header.total_bytes() > plan_.end - position_)
    return corrupt(position_, "the segment ends inside a batch");
  return header;
}

Result<ReadResult> SegmentReader::collect() {
  const std::uint64_t begin = position_;
  ReadResult result{{}, plan_.from, begin, nullptr};
  if (begin >= plan_.end || first_.base_offset >= plan_.limit) return result;
  if (first_.total_bytes() > plan_.first_batch_bytes_max) return result;
  const std::uint64_t wanted = std::max(plan_.max_bytes, first_.total_bytes());
  RETURN_IF_ERROR(fill(static_cast<std::size_t>(std::min(wanted, plan_.end - begin))));
  while (position_ < plan_.end) {
    const bool is_first = position_ == begin;
    const std::uint64_t room =
        is_first ? wanted
                 : plan_.max_bytes - std::min<std::uint64_t>(plan_.max_bytes, position_ - begin);
    if (room < kBatchHeaderBytes || at_position().size() < kBatchHeaderBytes) break;
    const auto header = header_at_position();
    if (header && (header->base_offset >= plan_.limit || header->total_bytes() > room ||
                   header->total_bytes() > at_position().size())) {
      break;
    }
    Status good;
    if (!header)
      good = fail(header.error());
    else if (!kafka::batch_crc_holds(*header, at_position()))
      good = corrupt(position_, "the batch does not match its CRC-32C");
    if (!good) {
      if (is_first) return fail(good.error());
      break;  // a later read that begins here will say so
    }
    result.next = header->end_offset();
    position_ += header->total_bytes();
  }
  const SharedBytes whole(block_, {block_.get(), filled_});
  result.bytes.append(whole.slice(static_cast<std::size_t>(begin - block_start_),
                                  static_cast<std::size_t>(position_ - begin)));
  result.next_position = position_;
  return result;
}

Result<std::shared_ptr<SegmentIndex>> load_index(FileSystem& files, const SegmentFiles& segment,
                                                 std::uint64_t segment_bytes) {
  ASSIGN_OR_RETURN(const auto offsets, read_whole_file(files, segment.path(".index")));
  ASSIGN_OR_RETURN(const auto times, read_whole_file(files, segment.path(".timeindex")));
  ASSIGN_OR_RETURN(const auto sums, read_whole_file(files, segment.path(".sum")));
  const std::vector<std::uint8_t> none;
  return std::make_shared<SegmentIndex>(SegmentIndex::decode(
      offsets.value_or(none), times.value_or(none), sums.value_or(none), segment_bytes));
}

}  // namespace millrace::storage
