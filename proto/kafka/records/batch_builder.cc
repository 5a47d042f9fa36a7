#include "proto/kafka/records/batch_builder.h"

#include <algorithm>

#include "base/crc32c.h"
#include "proto/kafka/records/compression.h"
#include "proto/kafka/records/varint.h"

namespace millrace::kafka {

namespace {

constexpr std::int16_t kTransactionalBit = 0x10;
constexpr std::int16_t kControlBit = 0x20;

void put_nullable(std::vector<std::uint8_t>& out, std::optional<ByteView> bytes) {
  put_varlong(out, bytes ? static_cast<std::int64_t>(bytes->size()) : -1);
  if (bytes) out.insert(out.end(), bytes->begin(), bytes->end());
}

}  // namespace

BatchBuilder::BatchBuilder(BatchOptions options) : options_(options) {
  header_.base_offset = options.base_offset;
  header_.leader_epoch = options.leader_epoch;
  header_.producer_id = options.producer_id;
  header_.producer_epoch = options.producer_epoch;
  header_.base_sequence = options.base_sequence;
  header_.attributes = static_cast<std::int16_t>(static_cast<int>(options.compression) |
                                                 (options.transactional ? kTransactionalBit : 0) |
                                                 (options.control ? kControlBit : 0));
}

void BatchBuilder::add(TimestampMs timestamp, std::optional<ByteView> key,
                       std::optional<ByteView> value, std::span<const Header> headers) {
  if (header_.record_count == 0) header_.base_timestamp = header_.max_timestamp = timestamp;
  header_.max_timestamp = std::max(header_.max_timestamp, timestamp);
  std::vector<std::uint8_t> record{0};  // attributes
  put_varlong(record, timestamp.value() - header_.base_timestamp.value());
  put_varlong(record, header_.record_count);
  put_nullable(record, key);
  put_nullable(record, value);
  put_varlong(record, static_cast<std::int64_t>(headers.size()));
  for (const auto& [name, content] : headers) {
    put_nullable(record, as_bytes(name));
    put_nullable(record, content);
  }
  put_varlong(body_, static_cast<std::int64_t>(record.size()));
  body_.insert(body_.end(), record.begin(), record.end());
  ++header_.record_count;
}

SharedBytes BatchBuilder::build() {
  CHECK(header_.record_count > 0);
  const std::vector<std::uint8_t> body =
      options_.compression == Compression::kNone
          ? std::move(body_)
          : compress(options_.compression, body_, options_.level);
  std::vector<std::uint8_t> batch(kBatchHeaderBytes + body.size());
  std::copy(body.begin(), body.end(), batch.begin() + kBatchHeaderBytes);
  header_.last_offset_delta = header_.record_count - 1;
  header_.batch_length = static_cast<std::int32_t>(batch.size() - kBatchLengthPrefixBytes);
  write_batch_header(header_, batch);
  header_.crc = crc32c(ByteView(batch).subspan(kBatchCrcStart));
  write_batch_header(header_, batch);
  return SharedBytes::own(std::move(batch));
}

}  // namespace millrace::kafka
