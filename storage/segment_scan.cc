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

}  // namespace

Result<ScanEnd> SegmentScan::run(
    const std::function<void(const kafka::BatchHeader&, std::uint64_t, std::uint32_t)>& on_batch) {
  Window window(file, size);
  ScanEnd end{position, next_offset, std::nullopt};
  while (end.position < size) {
    const auto stop = [&](std::string why) {
      end.fault = std::move(why);
      return end;
    };
    ASSIGN_OR_RETURN(const ByteView head, window.at(end.position, kafka::kBatchHeaderBytes));
    if (head.size() < kafka::kBatchHeaderBytes) return stop("the file ends inside a batch header");
    const kafka::BatchHeader header = kafka::read_batch_header(head);
    constexpr auto kLengthMin =
        static_cast<std::int32_t>(kafka::kBatchHeaderBytes - kafka::kBatchLengthPrefixBytes);
    if (header.magic != 2 || header.batch_length < kLengthMin || header.last_offset_delta < 0) {
      return stop("not the header of a record batch");
    }
    if (header.base_offset < end.next_offset) return stop("offsets go back");
    if (header.total_bytes() > size - end.position) return stop("the file ends inside a batch");
    const std::uint32_t sum = sum_of(id, head);
    const auto recorded = find_sum(sums, static_cast<std::uint32_t>(end.position));
    if (recorded && recorded->crc != sum)
      return stop("the batch header does not match its recorded checksum");
    ASSIGN_OR_RETURN(const ByteView batch, window.at(end.position, header.total_bytes()));
    if (batch.size() < header.total_bytes()) return stop("the file ends inside a batch");
    if (!kafka::batch_crc_holds(header, batch)) return stop("the batch does not match its CRC-32C");
    on_batch(header, end.position, sum);
    end.position += header.total_bytes();
    end.next_offset = header.end_offset();
  }
  return end;
}

}  // namespace millrace::storage
