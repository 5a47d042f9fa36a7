#include "proto/kafka/records/assign.h"

#include <algorithm>

#include "base/crc32c.h"

namespace millrace::kafka {

namespace {

constexpr std::int16_t kAppendTimeBit = 0x08;

ByteView covered(ByteView header_bytes) {
  return header_bytes.subspan(kBatchCrcStart, kBatchHeaderBytes - kBatchCrcStart);
}

}  // namespace

SharedBytes assign(ValidatedBatch& batch, Offset base_offset, LeaderEpoch epoch,
                   std::optional<TimestampMs> append_time) {
  BatchHeader& header = batch.header;
  header.base_offset = base_offset;
  header.leader_epoch = epoch;
  if (append_time) {
    // Only max_timestamp is the append time; the records' deltas stay relative to the base that
    // they were made for.
    header.attributes = static_cast<std::int16_t>(header.attributes | kAppendTimeBit);
    header.max_timestamp = *append_time;
  }
  std::vector<std::uint8_t> bytes(kBatchHeaderBytes);
  write_batch_header(header, bytes);
  if (!std::ranges::equal(covered(bytes), covered(batch.bytes.view()))) {
    header.crc = crc32c(batch.bytes.view().subspan(kBatchHeaderBytes), crc32c(covered(bytes)));
    write_batch_header(header, bytes);
  }
  return SharedBytes::own(std::move(bytes));
}

}  // namespace millrace::kafka
