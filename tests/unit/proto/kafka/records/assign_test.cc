#include "proto/kafka/records/assign.h"

#include "tests/support/catch.h"
#include "tests/unit/proto/kafka/records/golden.h"
#include "tests/unit/proto/kafka/records/samples.h"

namespace millrace::kafka {
namespace {

ValidatedBatch validated(const SharedBytes& bytes) {
  auto batch = validate_for_append(bytes, kSampleNow, {});
  REQUIRE(batch.has_value());
  return std::move(*batch);
}

std::vector<std::uint8_t> gathered(const SharedBytes& header, const ValidatedBatch& batch) {
  REQUIRE(header.size() == kBatchHeaderBytes);
  BytesChain chain(header);
  chain.append(batch.bytes.slice(kBatchHeaderBytes));
  return chain.flatten();
}

TEST_CASE("offset and epoch are set without touching what the CRC covers") {
  ValidatedBatch batch = validated(sample().build());
  const SharedBytes header = assign(batch, Offset(100), LeaderEpoch(7), std::nullopt);
  const auto stored = gathered(header, batch);
  const BatchHeader read = read_batch_header(stored);
  REQUIRE(read == batch.header);
  REQUIRE(read.base_offset == Offset(100));
  REQUIRE(read.leader_epoch == LeaderEpoch(7));
  REQUIRE(batch_crc_holds(read, stored));
  constexpr auto kCrcAt = static_cast<std::ptrdiff_t>(kBatchCrcStart - 4);
  REQUIRE(std::equal(stored.begin() + kCrcAt, stored.end(), batch.bytes.view().begin() + kCrcAt));
}

TEST_CASE("with append time every record carries it, under a CRC that holds") {
  for (const Compression codec : kCodecs) {
    ValidatedBatch batch = validated(sample({.compression = codec}).build());
    const SharedBytes header = assign(batch, Offset(0), LeaderEpoch(0), kSampleNow + 99);
    const auto stored = gathered(header, batch);
    const BatchHeader read = read_batch_header(stored);
    REQUIRE(read == batch.header);
    REQUIRE(read.timestamp_type() == TimestampType::kLogAppendTime);
    REQUIRE(read.compression_id() == static_cast<std::uint8_t>(codec));
    REQUIRE(batch_crc_holds(read, stored));
    const auto lines = describe_batch(stored);
    REQUIRE(lines.size() == 4);
    for (std::size_t i = 1; i < lines.size(); ++i)
      REQUIRE(lines[i].find(" 1700000000099 ") != std::string::npos);
  }
}

TEST_CASE("a largest timestamp that validation mended is written with a new CRC") {
  ValidatedBatch batch =
      validated(changed(sample().build(), [](BatchHeader& h) { h.max_timestamp = kNoTimestamp; }));
  const auto stored = gathered(assign(batch, Offset(3), LeaderEpoch(1), std::nullopt), batch);
  const BatchHeader read = read_batch_header(stored);
  REQUIRE(read.max_timestamp == kSampleNow + 5);
  REQUIRE(batch_crc_holds(read, stored));
}

}  // namespace
}  // namespace millrace::kafka
