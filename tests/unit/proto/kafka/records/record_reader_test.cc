#include "proto/kafka/records/record_reader.h"

#include "tests/support/catch.h"
#include "tests/unit/proto/kafka/records/golden.h"
#include "tests/unit/proto/kafka/records/samples.h"

namespace millrace::kafka {
namespace {

using naive::Text;

Text text_of(std::optional<ByteView> bytes) {
  if (!bytes) return std::nullopt;
  return std::string(as_text(*bytes));
}

/// What the reader makes of a body, in the twin's terms.
std::optional<std::vector<naive::Record>> read_all(const BatchHeader& header, ByteView body) {
  RecordReader reader(header, body);
  RecordView record;
  std::vector<naive::Record> records;
  for (;;) {
    const auto more = reader.next(record);
    if (!more) {
      REQUIRE_SAME_CODE(more.error().code, ErrorCode::kInvalidRecord);
      return std::nullopt;
    }
    if (!*more) return records;
    naive::Record& copy = records.emplace_back();
    copy.timestamp_delta = record.timestamp - header.base_timestamp;
    copy.offset_delta = record.offset - header.base_offset;
    copy.key = text_of(record.key);
    copy.value = text_of(record.value);
    for (const RecordHeaderView& each : record.headers)
      copy.headers.emplace_back(std::string(each.key), text_of(each.value));
  }
}

BatchHeader header_of(std::int32_t count, std::int32_t last_offset_delta) {
  BatchHeader header;
  header.base_offset = Offset(1000);
  header.base_timestamp = kSampleNow;
  header.record_count = count;
  header.last_offset_delta = last_offset_delta;
  return header;
}

TEST_CASE("every batch that Kafka wrote reads as Kafka reads it") {
  REQUIRE(golden_batches().size() >= 28);
  for (const GoldenBatch& golden : golden_batches()) {
    INFO(golden.name);
    std::vector<std::string> expected = {golden.header};
    expected.insert(expected.end(), golden.records.begin(), golden.records.end());
    REQUIRE(describe_batch(golden.bytes) == expected);
    REQUIRE(batch_crc_holds(read_batch_header(golden.bytes), golden.bytes));
  }
}

TEST_CASE("a golden batch cut at any byte, or with any body byte changed, is an error or a batch") {
  for (const GoldenBatch& golden : golden_batches()) {
    if (golden.bytes.size() > 1000) continue;
    for (std::size_t size = 0; size < golden.bytes.size(); ++size) {
      REQUIRE(describe_batch(ByteView(golden.bytes).first(size)).size() == 1);
      std::vector<std::uint8_t> bytes = golden.bytes;
      bytes[size] = static_cast<std::uint8_t>(bytes[size] ^ 0x41);
      REQUIRE_FALSE(describe_batch(bytes).empty());
    }
  }
}

TEST_CASE("the reader agrees with its naive twin on good and on broken bodies") {
  Random random(3);
  int refused = 0;
  for (int round = 0; round < 3000; ++round) {
    const auto records = random_records(random, 6);
    std::string body = naive::encode(records);
    auto count = static_cast<std::int32_t>(records.size());
    const std::int32_t last = count - 1 + static_cast<std::int32_t>(random.below(2));
    REQUIRE(read_all(header_of(count, last), as_bytes(body)) == records);
    for (auto faults = 1 + random.below(3); faults > 0; --faults) {
      const std::size_t at = random.below(body.size());
      switch (random.below(4)) {
        case 0:
          body[at] = static_cast<char>(random.below(256));
          break;
        case 1:
          body.resize(std::max<std::size_t>(at, 1));
          break;
        case 2:
          body.insert(at, 1, static_cast<char>(random.below(4)));
          break;
        default:
          count = static_cast<std::int32_t>(random.below(8));
          break;
      }
    }
    const auto read = read_all(header_of(count, last), as_bytes(body));
    REQUIRE(read == naive::decode(body, count, last));
    refused += read ? 0 : 1;
  }
  REQUIRE(refused > 1500);
}

TEST_CASE("offsets may have gaps and must go up, to the header's last at most") {
  const auto reads = [](std::int64_t first, std::int64_t second) {
    const std::string body = naive::encode({{0, first, {}, {}, {}}, {0, second, {}, {}, {}}});
    return read_all(header_of(2, 5), as_bytes(body)).has_value();
  };
  REQUIRE(reads(0, 1));
  REQUIRE(reads(2, 5));
  REQUIRE_FALSE(reads(2, 6));
  REQUIRE_FALSE(reads(1, 1));
  REQUIRE_FALSE(reads(2, 1));
  REQUIRE_FALSE(reads(-1, 0));
}

TEST_CASE("an error names the record and how many there are") {
  const std::string body = naive::encode({{0, 0, {}, {}, {}}, {0, 7, {}, {}, {}}});
  RecordReader reader(header_of(2, 1), as_bytes(body));
  RecordView record;
  REQUIRE_OK(reader.next(record));
  REQUIRE(reader.index() == 1);
  const auto second = reader.next(record);
  REQUIRE_ERROR(second, ErrorCode::kInvalidRecord);
  REQUIRE(second.error().message == "record 1 of 2: its offset is out of order");
}

TEST_CASE("a timestamp delta that leaves 64 bits wraps and does not trap") {
  const std::string body = naive::encode({{INT64_MAX, 0, {}, {}, {}}});
  RecordReader reader(header_of(1, 0), as_bytes(body));
  RecordView record;
  REQUIRE_OK(reader.next(record));
  REQUIRE(record.timestamp < TimestampMs(0));
}

TEST_CASE("a body is unpacked into the caller's storage, or viewed where it is") {
  std::vector<std::uint8_t> storage;
  const SharedBytes plain = sample().build();
  const auto viewed = batch_body(read_batch_header(plain.view()), plain.view(), 1 << 20, storage);
  REQUIRE_OK(viewed);
  REQUIRE(viewed->data() == plain.data() + kBatchHeaderBytes);
  const SharedBytes packed = sample({.compression = Compression::kZstd}).build();
  const auto unpacked =
      batch_body(read_batch_header(packed.view()), packed.view(), 1 << 20, storage);
  REQUIRE_OK(unpacked);
  REQUIRE(unpacked->data() == storage.data());
  REQUIRE(as_text(*unpacked) == as_text(*viewed));
  REQUIRE_ERROR(batch_body(read_batch_header(packed.view()), packed.view(), 10, storage),
                ErrorCode::kRecordListTooLarge);
  BatchHeader unknown = read_batch_header(packed.view());
  unknown.attributes = 6;
  REQUIRE_ERROR(batch_body(unknown, packed.view(), 1 << 20, storage),
                ErrorCode::kUnsupportedCompression);
}

}  // namespace
}  // namespace millrace::kafka
