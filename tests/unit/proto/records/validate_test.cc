#include "proto/kafka/records/validate.h"

#include <functional>

#include "base/crc32c.h"
#include "proto/kafka/records/batch_builder.h"
#include "proto/kafka/records/record_reader.h"
#include "tests/support/catch.h"

namespace millrace::kafka {
namespace {

constexpr TimestampMs kNow{1'700'000'000'000};

BatchBuilder builder(BatchOptions options = {}) {
  BatchBuilder out(options);
  const BatchBuilder::Header headers[] = {{"name", as_bytes("value")}, {"null", std::nullopt}};
  out.add(kNow, as_bytes("k0"), as_bytes("v0"), headers);
  out.add(kNow + 5, std::nullopt, as_bytes("v1"));
  out.add(kNow + 2, as_bytes(""), std::nullopt);
  return out;
}

/// The batch with its header changed and its CRC made right again.
SharedBytes changed(const SharedBytes& batch, const std::function<void(BatchHeader&)>& change) {
  std::vector<std::uint8_t> bytes(batch.view().begin(), batch.view().end());
  BatchHeader header = read_batch_header(bytes);
  change(header);
  write_batch_header(header, bytes);
  header.crc = crc32c(ByteView(bytes).subspan(kBatchCrcStart));
  write_batch_header(header, bytes);
  return SharedBytes::own(std::move(bytes));
}

ErrorCode refusal(const SharedBytes& bytes, const ValidateOptions& options = {}) {
  const auto result = validate_for_append(bytes, kNow, options);
  REQUIRE_FALSE(result.has_value());
  return result.error().error.code;
}

TEST_CASE("what the builder made is accepted and reads back the same in every codec") {
  for (const Compression codec : {Compression::kNone, Compression::kGzip, Compression::kSnappy,
                                  Compression::kLz4, Compression::kZstd}) {
    const SharedBytes bytes = builder({.compression = codec}).build();
    ValidateOptions options;
    options.every_record = true;
    const auto batch = validate_for_append(bytes, kNow, options);
    REQUIRE(batch.has_value());
    std::vector<std::uint8_t> storage;
    const auto body = batch_body(batch->header, bytes.view(), 1 << 20, storage);
    REQUIRE_OK(body);
    RecordReader reader(batch->header, *body);
    RecordView record;
    REQUIRE(*reader.next(record));
    REQUIRE(as_text(*record.key) == "k0");
    REQUIRE(record.headers.size() == 2);
    REQUIRE(record.headers[0].key == "name");
    REQUIRE_FALSE(record.headers[1].value.has_value());
    REQUIRE(*reader.next(record));
    REQUIRE_FALSE(record.key.has_value());
    REQUIRE(record.timestamp == kNow + 5);
    REQUIRE(record.offset == Offset(1));
    REQUIRE(*reader.next(record));
    REQUIRE(record.key->empty());
    REQUIRE_FALSE(record.value.has_value());
    REQUIRE_FALSE(*reader.next(record));
    REQUIRE(batch->header.max_timestamp == kNow + 5);
  }
}

TEST_CASE("every reason to refuse a batch by its header") {
  const SharedBytes good = builder().build();
  struct Case {
    const char* name;
    std::function<void(BatchHeader&)> change;
    ErrorCode code;
  };
  const Case cases[] = {
      {"magic 1", [](BatchHeader& h) { h.magic = 1; }, ErrorCode::kUnsupportedForMessageFormat},
      {"magic 3", [](BatchHeader& h) { h.magic = 3; }, ErrorCode::kCorruptMessage},
      {"length beyond the bytes", [](BatchHeader& h) { h.batch_length += 1; },
       ErrorCode::kCorruptMessage},
      {"length below the header", [](BatchHeader& h) { h.batch_length = 10; },
       ErrorCode::kCorruptMessage},
      {"negative count", [](BatchHeader& h) { h.record_count = -1; }, ErrorCode::kCorruptMessage},
      {"no records", [](BatchHeader& h) { h.record_count = 0; }, ErrorCode::kInvalidRecord},
      {"count against delta", [](BatchHeader& h) { h.record_count = 2; },
       ErrorCode::kInvalidRecord},
      {"control", [](BatchHeader& h) { h.attributes |= 0x20; }, ErrorCode::kInvalidRecord},
      {"transactional without producer", [](BatchHeader& h) { h.attributes |= 0x10; },
       ErrorCode::kInvalidRecord},
      {"transactional",
       [](BatchHeader& h) {
         h.attributes |= 0x10;
         h.producer_id = ProducerId(1);
         h.producer_epoch = ProducerEpoch(0);
         h.base_sequence = Sequence(0);
       },
       ErrorCode::kInvalidTxnState},
      {"append time by the producer", [](BatchHeader& h) { h.attributes |= 0x08; },
       ErrorCode::kInvalidTimestamp},
      {"unknown codec", [](BatchHeader& h) { h.attributes |= 0x05; },
       ErrorCode::kUnsupportedCompression},
      {"producer without epoch", [](BatchHeader& h) { h.producer_id = ProducerId(7); },
       ErrorCode::kInvalidRecord},
      {"too far ahead", [](BatchHeader& h) { h.max_timestamp = kNow + 3'600'001; },
       ErrorCode::kInvalidTimestamp},
  };
  for (const Case& each : cases) {
    INFO(each.name);
    REQUIRE_SAME_CODE(refusal(changed(good, each.change)), each.code);
  }
}

TEST_CASE("limits, codec versions and the number of batches") {
  const SharedBytes good = builder().build();
  ValidateOptions options;
  options.max_batch_bytes = good.size() - 1;
  REQUIRE_SAME_CODE(refusal(good, options), ErrorCode::kMessageTooLarge);
  options = {};
  options.segment_bytes = good.size() - 1;
  REQUIRE_SAME_CODE(refusal(good, options), ErrorCode::kRecordListTooLarge);
  options = {};
  options.produce_version = 6;
  REQUIRE_SAME_CODE(refusal(builder({.compression = Compression::kZstd}).build(), options),
                    ErrorCode::kUnsupportedCompression);
  options = {};
  options.timestamp_before_max_ms = 1000;
  REQUIRE_SAME_CODE(
      refusal(changed(good, [](BatchHeader& h) { h.base_timestamp = kNow - 1001; }), options),
      ErrorCode::kInvalidTimestamp);
  std::vector<std::uint8_t> two = BytesChain(good).flatten();
  two.insert(two.end(), good.view().begin(), good.view().end());
  REQUIRE_SAME_CODE(refusal(SharedBytes::own(two)), ErrorCode::kInvalidRecord);
  REQUIRE_SAME_CODE(refusal(SharedBytes()), ErrorCode::kCorruptMessage);
}

TEST_CASE("a compacted topic names the records without a key") {
  ValidateOptions options;
  options.compacted = true;
  const auto result = validate_for_append(builder().build(), kNow, options);
  REQUIRE_FALSE(result.has_value());
  REQUIRE_SAME_CODE(result.error().error.code, ErrorCode::kInvalidRecord);
  REQUIRE(result.error().record_indexes == std::vector<std::int32_t>{1});
}

TEST_CASE("every flipped bit that the CRC covers is seen, and every cut is refused") {
  const SharedBytes good = builder().build();
  for (std::size_t at = kBatchCrcStart - 4; at < good.size(); ++at) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      std::vector<std::uint8_t> bytes = BytesChain(good).flatten();
      bytes[at] = static_cast<std::uint8_t>(bytes[at] ^ (1U << bit));
      REQUIRE_SAME_CODE(refusal(SharedBytes::own(bytes)), ErrorCode::kCorruptMessage);
    }
  }
  for (std::size_t cut = 0; cut < good.size(); ++cut) {
    REQUIRE_FALSE(validate_for_append(good.slice(0, cut), kNow, {}).has_value());
  }
}

TEST_CASE("hostile record bytes inside a good CRC are refused, never read beyond") {
  const SharedBytes good = builder().build();
  ValidateOptions options;
  options.every_record = true;
  int refused = 0;
  for (std::size_t at = kBatchHeaderBytes; at < good.size(); ++at) {
    for (const std::uint8_t value : {0x00, 0x01, 0x7f, 0x80, 0xff}) {
      std::vector<std::uint8_t> bytes = BytesChain(good).flatten();
      bytes[at] = value;
      const SharedBytes resealed = changed(SharedBytes::own(bytes), [](BatchHeader&) {});
      refused += validate_for_append(resealed, kNow, options).has_value() ? 0 : 1;
    }
  }
  REQUIRE(refused > 50);
}

TEST_CASE("assign sets offset and epoch without touching what the CRC covers") {
  const SharedBytes good = builder().build();
  auto batch = validate_for_append(good, kNow, {});
  REQUIRE(batch.has_value());
  const SharedBytes header = assign(*batch, Offset(100), LeaderEpoch(7), std::nullopt);
  std::vector<std::uint8_t> stored = BytesChain(header).flatten();
  stored.insert(stored.end(), good.view().begin() + kBatchHeaderBytes, good.view().end());
  const BatchHeader read = read_batch_header(stored);
  REQUIRE(read.base_offset == Offset(100));
  REQUIRE(read.leader_epoch == LeaderEpoch(7));
  REQUIRE(batch_crc_holds(read, stored));
  REQUIRE(std::equal(stored.begin() + kBatchCrcStart - 4, stored.end(),
                     good.view().begin() + kBatchCrcStart - 4));
}

TEST_CASE("with append time every record carries it, under a CRC that holds") {
  const SharedBytes good = builder().build();
  auto batch = validate_for_append(good, kNow, {});
  REQUIRE(batch.has_value());
  const SharedBytes header = assign(*batch, Offset(0), LeaderEpoch(0), kNow + 99);
  std::vector<std::uint8_t> stored = BytesChain(header).flatten();
  stored.insert(stored.end(), good.view().begin() + kBatchHeaderBytes, good.view().end());
  const BatchHeader read = read_batch_header(stored);
  REQUIRE(read.timestamp_type() == TimestampType::kLogAppendTime);
  REQUIRE(batch_crc_holds(read, stored));
  RecordReader reader(read, ByteView(stored).subspan(kBatchHeaderBytes));
  RecordView record;
  while (*reader.next(record)) REQUIRE(record.timestamp == kNow + 99);
}

}  // namespace
}  // namespace millrace::kafka
