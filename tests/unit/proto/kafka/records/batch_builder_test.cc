#include "proto/kafka/records/batch_builder.h"

#include "proto/kafka/records/compression.h"
#include "tests/support/catch.h"
#include "tests/unit/proto/kafka/records/golden.h"
#include "tests/unit/proto/kafka/records/samples.h"

namespace millrace::kafka {
namespace {

std::optional<ByteView> bytes_of(const naive::Text& text) {
  if (!text) return std::nullopt;
  return as_bytes(*text);
}

void add_all(BatchBuilder& builder, const std::vector<naive::Record>& records) {
  for (const naive::Record& record : records) {
    std::vector<BatchBuilder::Header> headers;
    for (const auto& [key, value] : record.headers) headers.emplace_back(key, bytes_of(value));
    builder.add(kSampleNow + record.timestamp_delta, bytes_of(record.key), bytes_of(record.value),
                headers);
  }
}

/// The content of Batches.java's mixed().
void add_mixed(BatchBuilder& builder) {
  const std::string xs(64, 'x');
  std::string digits;
  for (int i = 0; i < 20; ++i) digits += "0123456789";
  const BatchBuilder::Header headers[] = {{"trace", as_bytes("abc")},
                                          {"null", std::nullopt},
                                          {"", as_bytes("")},
                                          {"ключ", as_bytes("знач")}};
  builder.add(kSampleNow, as_bytes("k0"), as_bytes("v0"), headers);
  builder.add(kSampleNow + 5, std::nullopt, as_bytes("v1"));
  builder.add(kSampleNow - 70'000, as_bytes(""), std::nullopt);
  builder.add(kSampleNow + 2, as_bytes(std::string_view(xs).substr(1)), as_bytes(""));
  builder.add(kSampleNow + 3, as_bytes(xs), as_bytes(digits));
}

SharedBytes mixed(BatchOptions options) {
  BatchBuilder builder(options);
  add_mixed(builder);
  return builder.build();
}

const GoldenBatch& golden(const std::string& name) {
  for (const GoldenBatch& each : golden_batches())
    if (each.name == name) return each;
  FAIL(name);
  return golden_batches().front();
}

TEST_CASE("without compression the builder writes Kafka's bytes") {
  REQUIRE(as_text(mixed({.leader_epoch = kNoLeaderEpoch}).view()) ==
          as_text(golden("none-mixed").bytes));
  REQUIRE(as_text(mixed({.base_offset = Offset(100),
                         .leader_epoch = LeaderEpoch(3),
                         .producer_id = ProducerId(4242),
                         .producer_epoch = ProducerEpoch(7),
                         .base_sequence = Sequence(31)})
                      .view()) == as_text(golden("none-idempotent").bytes));
  REQUIRE(as_text(mixed({.base_offset = Offset(std::int64_t{1} << 40),
                         .leader_epoch = LeaderEpoch(12),
                         .producer_id = ProducerId(9),
                         .producer_epoch = ProducerEpoch(0),
                         .base_sequence = Sequence(INT32_MAX - 1),
                         .transactional = true})
                      .view()) == as_text(golden("none-transactional").bytes));
}

TEST_CASE("a control batch is Kafka's too") {
  BatchBuilder builder({.base_offset = Offset(55),
                        .leader_epoch = LeaderEpoch(4),
                        .producer_id = ProducerId(4242),
                        .producer_epoch = ProducerEpoch(7),
                        .transactional = true,
                        .control = true});
  const std::uint8_t commit[] = {0, 0, 0, 1};
  const std::uint8_t coordinator_epoch_3[] = {0, 0, 0, 0, 0, 3};
  builder.add(kSampleNow, commit, coordinator_epoch_3);
  REQUIRE(as_text(builder.build().view()) == as_text(golden("commit-marker").bytes));
}

TEST_CASE("the body is what the naive twin writes, packed by any codec") {
  Random random(11);
  for (int round = 0; round < 200; ++round) {
    const auto records = random_records(random, 20);
    const std::string body = naive::encode(records);
    for (const Compression codec : {Compression::kNone, Compression::kGzip, Compression::kSnappy,
                                    Compression::kLz4, Compression::kZstd}) {
      BatchBuilder builder({.compression = codec});
      add_all(builder, records);
      REQUIRE(builder.body_bytes() == body.size());
      REQUIRE(builder.record_count() == static_cast<std::int32_t>(records.size()));
      const SharedBytes batch = builder.build();
      const auto header = parse_batch_header(batch.view());
      REQUIRE_OK(header);
      REQUIRE(header->total_bytes() == batch.size());
      REQUIRE(batch_crc_holds(*header, batch.view()));
      REQUIRE(header->compression_id() == static_cast<std::uint8_t>(codec));
      REQUIRE(header->record_count == header->last_offset_delta + 1);
      const auto unpacked = decompress(codec, batch.view().subspan(kBatchHeaderBytes), 1 << 20);
      REQUIRE_OK(unpacked);
      REQUIRE(as_text(*unpacked) == body);
    }
  }
}

TEST_CASE("the header has the first record's timestamp and the largest") {
  const BatchHeader header = read_batch_header(sample().build().view());
  REQUIRE(header.base_timestamp == kSampleNow);
  REQUIRE(header.max_timestamp == kSampleNow + 5);
  REQUIRE(header.timestamp_type() == TimestampType::kCreateTime);
}

TEST_CASE("a level is passed on to the codec") {
  const std::string text = [] {
    std::string out;
    for (int i = 0; i < 5000; ++i) out += "line " + std::to_string(i * 7919) + "\n";
    return out;
  }();
  for (const Compression codec : {Compression::kGzip, Compression::kLz4, Compression::kZstd}) {
    const auto size_at = [&](int level) {
      BatchBuilder builder({.compression = codec, .level = level});
      builder.add(kSampleNow, std::nullopt, as_bytes(text));
      return builder.build().size();
    };
    REQUIRE(size_at(9) != size_at(1));
  }
}

}  // namespace
}  // namespace millrace::kafka
