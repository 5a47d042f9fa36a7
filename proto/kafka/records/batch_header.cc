#include "proto/kafka/records/batch_header.h"

#include <fmt/format.h>

#include "base/check.h"
#include "base/crc32c.h"

namespace millrace::kafka {

namespace {

// Positions of the fields; docs/formats/record_batch.md shows the table.
constexpr std::size_t kBaseOffsetAt = 0;
constexpr std::size_t kBatchLengthAt = 8;
constexpr std::size_t kLeaderEpochAt = 12;
constexpr std::size_t kMagicAt = 16;
constexpr std::size_t kCrcAt = 17;
constexpr std::size_t kAttributesAt = 21;
constexpr std::size_t kLastOffsetDeltaAt = 23;
constexpr std::size_t kBaseTimestampAt = 27;
constexpr std::size_t kMaxTimestampAt = 35;
constexpr std::size_t kProducerIdAt = 43;
constexpr std::size_t kProducerEpochAt = 51;
constexpr std::size_t kBaseSequenceAt = 53;
constexpr std::size_t kRecordCountAt = 57;
static_assert(kRecordCountAt + 4 == kBatchHeaderBytes);
static_assert(kAttributesAt == kBatchCrcStart);
static_assert(kLeaderEpochAt == kBatchLengthPrefixBytes);

constexpr std::int8_t kMagic = 2;
constexpr auto kLengthMin = static_cast<std::int32_t>(kBatchHeaderBytes - kBatchLengthPrefixBytes);

}  // namespace

BatchHeader read_batch_header(ByteView bytes) {
  CHECK(bytes.size() >= kBatchHeaderBytes);
  const std::uint8_t* at = bytes.data();
  BatchHeader header;
  header.base_offset = Offset(load_be<std::int64_t>(at + kBaseOffsetAt));
  header.batch_length = load_be<std::int32_t>(at + kBatchLengthAt);
  header.leader_epoch = LeaderEpoch(load_be<std::int32_t>(at + kLeaderEpochAt));
  header.magic = load_be<std::int8_t>(at + kMagicAt);
  header.crc = load_be<std::uint32_t>(at + kCrcAt);
  header.attributes = load_be<std::int16_t>(at + kAttributesAt);
  header.last_offset_delta = load_be<std::int32_t>(at + kLastOffsetDeltaAt);
  header.base_timestamp = TimestampMs(load_be<std::int64_t>(at + kBaseTimestampAt));
  header.max_timestamp = TimestampMs(load_be<std::int64_t>(at + kMaxTimestampAt));
  header.producer_id = ProducerId(load_be<std::int64_t>(at + kProducerIdAt));
  header.producer_epoch = ProducerEpoch(load_be<std::int16_t>(at + kProducerEpochAt));
  header.base_sequence = Sequence(load_be<std::int32_t>(at + kBaseSequenceAt));
  header.record_count = load_be<std::int32_t>(at + kRecordCountAt);
  return header;
}

void write_batch_header(const BatchHeader& header, MutableByteView into) {
  CHECK(into.size() >= kBatchHeaderBytes);
  std::uint8_t* at = into.data();
  store_be(at + kBaseOffsetAt, header.base_offset.value());
  store_be(at + kBatchLengthAt, header.batch_length);
  store_be(at + kLeaderEpochAt, header.leader_epoch.value());
  store_be(at + kMagicAt, header.magic);
  store_be(at + kCrcAt, header.crc);
  store_be(at + kAttributesAt, header.attributes);
  store_be(at + kLastOffsetDeltaAt, header.last_offset_delta);
  store_be(at + kBaseTimestampAt, header.base_timestamp.value());
  store_be(at + kMaxTimestampAt, header.max_timestamp.value());
  store_be(at + kProducerIdAt, header.producer_id.value());
  store_be(at + kProducerEpochAt, header.producer_epoch.value());
  store_be(at + kBaseSequenceAt, header.base_sequence.value());
  store_be(at + kRecordCountAt, header.record_count);
}

Result<BatchHeader> parse_batch_header(ByteView bytes) {
  if (bytes.size() < kBatchHeaderBytes) {
    // Magic 0 and 1 have shorter headers; say that rather than "corrupt" where it can be seen.
    if (bytes.size() > kMagicAt && (bytes[kMagicAt] == 0 || bytes[kMagicAt] == 1)) {
      return fail(ErrorCode::kUnsupportedForMessageFormat,
                  "message format 0 and 1 ended with Kafka 4; use a newer client");
    }
    return fail(ErrorCode::kCorruptMessage,
                fmt::format("a record batch needs {} bytes of header, {} are there",
                            kBatchHeaderBytes, bytes.size()));
  }
  const BatchHeader header = read_batch_header(bytes);
  if (header.magic == 0 || header.magic == 1) {
    return fail(ErrorCode::kUnsupportedForMessageFormat,
                "message format 0 and 1 ended with Kafka 4; use a newer client");
  }
  if (header.magic != kMagic) {
    return fail(ErrorCode::kCorruptMessage,
                fmt::format("record batch with magic {}", header.magic));
  }
  if (header.batch_length < kLengthMin || header.total_bytes() > bytes.size()) {
    return fail(ErrorCode::kCorruptMessage,
                fmt::format("record batch of length {} where {} bytes are left",
                            header.batch_length, bytes.size()));
  }
  if (header.last_offset_delta < 0 || header.record_count < 0) {
    return fail(ErrorCode::kCorruptMessage,
                fmt::format("record batch with {} records and last offset delta {}",
                            header.record_count, header.last_offset_delta));
  }
  if (header.base_offset.value() < 0 ||
      header.base_offset.value() >= INT64_MAX - header.last_offset_delta) {
    return fail(ErrorCode::kCorruptMessage,
                fmt::format("record batch with base offset {}", header.base_offset.value()));
  }
  return header;
}

bool batch_crc_holds(const BatchHeader& header, ByteView batch) {
  CHECK(batch.size() >= header.total_bytes());
  return crc32c(batch.subspan(kBatchCrcStart, header.total_bytes() - kBatchCrcStart)) == header.crc;
}

}  // namespace millrace::kafka
