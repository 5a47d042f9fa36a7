#include "proto/kafka/records/validate.h"

#include <functional>

#include "tests/support/catch.h"
#include "tests/unit/proto/kafka/records/samples.h"

namespace millrace::kafka {
namespace {

ErrorCode refusal(const SharedBytes& bytes, const ValidateOptions& options = {}) {
  const auto result = validate_for_append(bytes, kSampleNow, options);
  REQUIRE_FALSE(result.has_value());
  return result.error().error.code;
}

TEST_CASE("a good batch is accepted in every codec, sharing the memory it came in") {
  for (const Compression codec : {Compression::kNone, Compression::kGzip, Compression::kSnappy,
                                  Compression::kLz4, Compression::kZstd}) {
    for (const bool every_record : {false, true}) {
      const SharedBytes bytes = sample({.compression = codec}).build();
      const auto batch = validate_for_append(bytes, kSampleNow, {.every_record = every_record});
      REQUIRE(batch.has_value());
      REQUIRE(batch->bytes.data() == bytes.data());
      REQUIRE(batch->header == read_batch_header(bytes.view()));
    }
  }
}

TEST_CASE("every reason to refuse a batch by its header") {
  const SharedBytes good = sample().build();
  struct Case {
    const char* name;
    std::function<void(BatchHeader&)> change;
    ErrorCode code;
  };
  const Case cases[] = {
      {"magic 1", [](BatchHeader& h) { h.magic = 1; }, ErrorCode::kInvalidRecord},
      {"magic 3", [](BatchHeader& h) { h.magic = 3; }, ErrorCode::kCorruptMessage},
      {"length beyond the bytes", [](BatchHeader& h) { h.batch_length += 1; },
       ErrorCode::kInvalidRecord},
      {"length less than the bytes", [](BatchHeader& h) { h.batch_length -= 1; },
       ErrorCode::kInvalidRecord},
      {"length below the header", [](BatchHeader& h) { h.batch_length = 10; },
       ErrorCode::kCorruptMessage},
      {"negative count", [](BatchHeader& h) { h.record_count = -1; }, ErrorCode::kInvalidRecord},
      {"largest delta", [](BatchHeader& h) { h.last_offset_delta = INT32_MAX; },
       ErrorCode::kInvalidRecord},
      {"base offset", [](BatchHeader& h) { h.base_offset = Offset(1); }, ErrorCode::kInvalidRecord},
      {"producer id -2", [](BatchHeader& h) { h.producer_id = ProducerId(-2); },
       ErrorCode::kInvalidRecord},
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
      {"a timestamp of -2", [](BatchHeader& h) { h.base_timestamp = TimestampMs(-2); },
       ErrorCode::kInvalidTimestamp},
      {"the least timestamp", [](BatchHeader& h) { h.base_timestamp = TimestampMs(INT64_MIN); },
       ErrorCode::kInvalidTimestamp},
      {"the largest timestamp", [](BatchHeader& h) { h.max_timestamp = TimestampMs(INT64_MAX); },
       ErrorCode::kInvalidTimestamp},
      {"too far ahead", [](BatchHeader& h) { h.max_timestamp = kSampleNow + 3'600'001; },
       ErrorCode::kInvalidTimestamp},
  };
  for (const Case& each : cases) {
    INFO(each.name);
    REQUIRE_SAME_CODE(refusal(changed(good, each.change)), each.code);
  }
}

TEST_CASE("limits, codec versions and the number of batches") {
  const SharedBytes good = sample().build();
  ValidateOptions options;
  options.max_batch_bytes = good.size() - 1;
  REQUIRE_SAME_CODE(refusal(good, options), ErrorCode::kMessageTooLarge);
  options = {};
  options.segment_bytes = good.size() - 1;
  REQUIRE_SAME_CODE(refusal(good, options), ErrorCode::kRecordListTooLarge);
  options = {};
  options.produce_version = 6;
  REQUIRE_SAME_CODE(refusal(sample({.compression = Compression::kZstd}).build(), options),
                    ErrorCode::kUnsupportedCompression);
  options = {};
  options.timestamp_before_max_ms = 1000;
  REQUIRE_SAME_CODE(
      refusal(changed(good, [](BatchHeader& h) { h.base_timestamp = kSampleNow - 1001; }), options),
      ErrorCode::kInvalidTimestamp);
  std::vector<std::uint8_t> two = BytesChain(good).flatten();
  two.insert(two.end(), good.view().begin(), good.view().end());
  REQUIRE_SAME_CODE(refusal(SharedBytes::own(two)), ErrorCode::kInvalidRecord);
  REQUIRE_SAME_CODE(refusal(SharedBytes()), ErrorCode::kInvalidRecord);
}

TEST_CASE("every flipped bit that the CRC covers is seen, and every cut is refused") {
  const SharedBytes good = sample().build();
  for (std::size_t at = kBatchCrcStart - 4; at < good.size(); ++at) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      std::vector<std::uint8_t> bytes = BytesChain(good).flatten();
      bytes[at] = static_cast<std::uint8_t>(bytes[at] ^ (1U << bit));
      REQUIRE_SAME_CODE(refusal(SharedBytes::own(bytes)), ErrorCode::kCorruptMessage);
    }
  }
  for (std::size_t cut = 0; cut < good.size(); ++cut) {
    REQUIRE_FALSE(validate_for_append(good.slice(0, cut), kSampleNow, {}).has_value());
  }
}

TEST_CASE("a largest timestamp that the producer left out is taken from the records") {
  for (const Compression codec : {Compression::kNone, Compression::kSnappy}) {
    const SharedBytes bytes = changed(sample({.compression = codec}).build(),
                                      [](BatchHeader& h) { h.max_timestamp = kNoTimestamp; });
    const auto batch = validate_for_append(bytes, kSampleNow, {});
    REQUIRE(batch.has_value());
    REQUIRE(batch->header.max_timestamp == kSampleNow + 5);
    // A topic with append time has no use for it: the records are not read.
    const auto append_time =
        validate_for_append(bytes, kSampleNow, {.timestamp_type = TimestampType::kLogAppendTime});
    REQUIRE(append_time.has_value());
    REQUIRE(append_time->header.max_timestamp == kNoTimestamp);
  }
}

TEST_CASE("by header alone nothing is unpacked") {
  const SharedBytes bytes = with_body("not a record", 1);
  REQUIRE(validate_for_append(bytes, kSampleNow, {}).has_value());
  REQUIRE_SAME_CODE(refusal(bytes, {.every_record = true}), ErrorCode::kInvalidRecord);
  REQUIRE_SAME_CODE(refusal(bytes, {.compacted = true}), ErrorCode::kInvalidRecord);
}

}  // namespace
}  // namespace millrace::kafka
