#include "proto/kafka/records/validate_records.h"

#include "tests/support/catch.h"
#include "tests/unit/proto/kafka/records/samples.h"

namespace millrace::kafka {
namespace {

ValidationFailure refusal(const SharedBytes& bytes, const ValidateOptions& options) {
  const ValidatedBatch batch{read_batch_header(bytes.view()), bytes};
  auto result = validate_records(batch, kSampleNow, options);
  REQUIRE_FALSE(result.has_value());
  return std::move(result.error());
}

TEST_CASE("a compacted topic names the records without a key") {
  const auto failure = refusal(sample().build(), {.compacted = true});
  REQUIRE_SAME_CODE(failure.error.code, ErrorCode::kInvalidRecord);
  REQUIRE(failure.record_indexes == std::vector<std::int32_t>{1});
}

TEST_CASE("records with a timestamp out of bounds are named, and go before missing keys") {
  BatchBuilder builder;
  builder.add(kSampleNow, std::nullopt, as_bytes("v"));
  builder.add(kSampleNow - 1001, as_bytes("k"), as_bytes("v"));
  builder.add(kNoTimestamp, as_bytes("k"), as_bytes("v"));
  builder.add(kSampleNow + 2001, as_bytes("k"), as_bytes("v"));
  ValidateOptions options{
      .timestamp_before_max_ms = 1000, .timestamp_after_max_ms = 2000, .compacted = true};
  const SharedBytes bytes = builder.build();
  const auto failure = refusal(bytes, options);
  REQUIRE_SAME_CODE(failure.error.code, ErrorCode::kInvalidTimestamp);
  REQUIRE(failure.record_indexes == std::vector<std::int32_t>{1, 3});
  options.timestamp_type = TimestampType::kLogAppendTime;
  REQUIRE(refusal(bytes, options).record_indexes == std::vector<std::int32_t>{0});
}

TEST_CASE("the records at fault are named up to a limit, and counted beyond it") {
  BatchBuilder builder;
  for (int i = 0; i < 250; ++i) builder.add(kSampleNow, std::nullopt, as_bytes("v"));
  const auto failure = refusal(builder.build(), {.compacted = true});
  REQUIRE(failure.record_indexes.size() == kRecordErrorsMax);
  REQUIRE(failure.error.message.find("250") != std::string::npos);
}

TEST_CASE("the largest timestamp is that of the records, whatever the header says") {
  const SharedBytes bytes =
      changed(sample().build(), [](BatchHeader& h) { h.max_timestamp = kSampleNow + 1000; });
  const ValidatedBatch batch{read_batch_header(bytes.view()), bytes};
  const auto max_timestamp = validate_records(batch, kSampleNow, {});
  REQUIRE(max_timestamp.has_value());
  REQUIRE(*max_timestamp == kSampleNow + 5);
}

TEST_CASE("compressed data that is damaged under a good CRC is final, and a bomb too large") {
  const SharedBytes good = sample({.compression = Compression::kGzip}).build();
  std::vector<std::uint8_t> bytes(good.view().begin(), good.view().end());
  bytes[kBatchHeaderBytes + 12] ^= 0xff;
  REQUIRE_SAME_CODE(refusal(sealed(std::move(bytes)), {}).error.code, ErrorCode::kInvalidRecord);
  const std::vector<std::uint8_t> zeros(1 << 20);
  for (const Compression codec : kCodecs) {
    BatchBuilder builder({.compression = codec});
    builder.add(kSampleNow, as_bytes("k"), zeros);
    REQUIRE_SAME_CODE(refusal(builder.build(), {.decompressed_bytes_max = 1 << 16}).error.code,
                      ErrorCode::kRecordListTooLarge);
  }
}

TEST_CASE("hostile record bytes inside a good CRC are refused, never read beyond") {
  const SharedBytes good = sample().build();
  int refused = 0;
  for (std::size_t at = kBatchHeaderBytes; at < good.size(); ++at) {
    for (const std::uint8_t value : {0x00, 0x01, 0x7f, 0x80, 0xff}) {
      std::vector<std::uint8_t> bytes(good.view().begin(), good.view().end());
      bytes[at] = value;
      const SharedBytes hostile = sealed(std::move(bytes));
      const ValidatedBatch batch{read_batch_header(hostile.view()), hostile};
      refused += validate_records(batch, kSampleNow, {}).has_value() ? 0 : 1;
    }
  }
  REQUIRE(refused > 50);
}

TEST_CASE("timestamps are in bounds to the millisecond") {
  const ValidateOptions options{.timestamp_before_max_ms = 1000, .timestamp_after_max_ms = 2000};
  const auto allowed = [&](TimestampMs timestamp) {
    return timestamp_in_bounds(timestamp, kSampleNow, options);
  };
  REQUIRE(allowed(kSampleNow - 1000));
  REQUIRE_FALSE(allowed(kSampleNow - 1001));
  REQUIRE(allowed(kSampleNow + 2000));
  REQUIRE_FALSE(allowed(kSampleNow + 2001));
  REQUIRE(allowed(kNoTimestamp));
  REQUIRE_FALSE(allowed(TimestampMs(-2)));
  REQUIRE_FALSE(allowed(TimestampMs(INT64_MIN)));
  REQUIRE_FALSE(allowed(TimestampMs(INT64_MAX)));
}

}  // namespace
}  // namespace millrace::kafka
