#include "storage/segment_scan.h"

#include <algorithm>

#include "storage/sum.h"

namespace millrace::storage {

namespace {

constexpr std::size_t kWindowBytes = 1 << 20;

/// A window over the file that moves forward and grows to the largest batch.
class Window {
 public:
  Window(File& file, std::uint64_t size) : file_(file), size_(size) {}

  /// At least `count` bytes from `position` on, or as many as the file has.
  Result<ByteView> at(std::uint64_t position, std::size_t count) {
    const auto available =
        static_cast<std::size_t>(std::min<std::uint64_t>(count, size_ - position));
    if (position < start_ || position + available > start_ + filled_) {
      const auto wanted = static_cast<std::size_t>(
          std::min<std::uint64_t>(std::max(count, kWindowBytes), size_ - position));
      bytes_.resize(wanted);
      ASSIGN_OR_RETURN(filled_, file_.read_at(position, bytes_));
      start_ = position;
    }
    return ByteView(bytes_).subspan(
        static_cast<std::size_t>(position - start_),
        std::min(count, filled_ - static_cast<std::size_t>(position - start_)));
  }

 private:
  File& file_;
  const std::uint64_t size_;
  std::vector<std::uint8_t> bytes_;
  std::uint64_t start_ = 0;
  std::size_t filled_ = 0;
};

constexpr auto kLengthMin =
    static_cast<std::int32_t>(kafka::kBatchHeaderBytes - kafka::kBatchLengthPrefixBytes);

/// What is wrong with a batch as its header and its neighbours tell; null when nothing is.
const char* fault_of(const kafka::BatchHeader& header, std::uint64_t bytes_left, Offset next_offset,
                     LeaderEpoch last_epoch) {
  if (header.magic != 2 || header.batch_length < kLengthMin || header.last_offset_delta < 0)
    return "not the header of a record batch";
  if (header.base_offset < next_offset) return "offsets go back";
  if (header.leader_epoch < last_epoch) return "leader epochs go back";
  if (header.total_bytes() > bytes_left) return "the file ends inside a batch";
  return nullptr;
}

/// What is wrong with its sum.
const char* sum_fault_of(const kafka::BatchHeader& header, std::uint32_t sum,
                         std::optional<SumEntry> recorded, const ScanEnd& at, Offset acked_end) {
  if (recorded && recorded->crc != sum)
    return "the batch header does not match its recorded checksum";
  if (!recorded && header.base_offset < acked_end) return "the checksum of the batch is missing";
  if (!recorded && header.base_offset != at.next_offset) return "offsets leave a gap";
  return nullptr;
}

}  // namespace

ScanEnd SegmentScan::run(const OnBatch& on_batch) {
  Window window(file, size);
  ScanEnd end{position, next_offset, std::nullopt, false};
  LeaderEpoch last_epoch = kNoLeaderEpoch;
  const auto stop = [&](std::string why, bool unreadable = false) {
    end.fault = std::move(why);
    end.unreadable = unreadable;
    return end;
  };
  while (end.position < size) {
    const auto head = window.at(end.position, kafka::kBatchHeaderBytes);
    if (!head) return stop(head.error().message, true);
    if (head->size() < kafka::kBatchHeaderBytes) return stop("the file ends inside a batch header");
    const kafka::BatchHeader header = kafka::read_batch_header(*head);
    const std::uint32_t sum = sum_of(id, *head);
    if (const char* why = fault_of(header, size - end.position, end.next_offset, last_epoch))
      return stop(why);
    const auto recorded = find_sum(sums, static_cast<std::uint32_t>(end.position));
    if (const char* why = sum_fault_of(header, sum, recorded, end, acked_end)) return stop(why);
    const auto batch = window.at(end.position, header.total_bytes());
    if (!batch) return stop(batch.error().message, true);
    if (batch->size() < header.total_bytes()) return stop("the file ends inside a batch");
    if (!kafka::batch_crc_holds(header, *batch))
      return stop("the batch does not match its CRC-32C");
    on_batch(header, end.position, sum);
    end.position += header.total_bytes();
    end.next_offset = header.end_offset();
    last_epoch = header.leader_epoch;
  }
  return end;
}

}  // namespace millrace::storage
