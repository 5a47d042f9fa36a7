#include "proto/kafka/records/batch_header.h"

#include "base/random.h"
#include "tests/support/catch.h"
#include "tests/unit/proto/kafka/records/samples.h"

namespace millrace::kafka {
namespace {

/// Every field another value, written by hand from the table in docs/formats/record_batch.md.
constexpr std::uint8_t kByHand[] = {
    0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 0x02, 0x03,  // base offset 66051
    0x00, 0x00, 0x00, 0x31,                          // length 49: an empty body
    0x00, 0x00, 0x00, 0x07,                          // leader epoch 7
    0x02,                                            // magic
    0xde, 0xad, 0xbe, 0xef,                          // crc
    0x00, 0x3c,                                      // attributes: zstd, append time, both flags
    0x00, 0x00, 0x00, 0x09,                          // last offset delta 9
    0x00, 0x00, 0x01, 0x8b, 0xcf, 0xe5, 0x68, 0x00,  // base timestamp 1700000000000
    0x00, 0x00, 0x01, 0x8b, 0xcf, 0xe5, 0x68, 0x05,  // max timestamp 1700000000005
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x10, 0x92,  // producer id 4242
    0x00, 0x03,                                      // producer epoch 3
    0x00, 0x00, 0x00, 0x1f,                          // base sequence 31
    0x00, 0x00, 0x00, 0x0a,                          // 10 records
};
static_assert(sizeof(kByHand) == kBatchHeaderBytes);

std::vector<std::uint8_t> by_hand() {
  return {std::begin(kByHand), std::end(kByHand)};
}

Result<BatchHeader> parse_changed(const std::function<void(BatchHeader&)>& change) {
  std::vector<std::uint8_t> bytes = by_hand();
  BatchHeader header = read_batch_header(bytes);
  change(header);
  write_batch_header(header, bytes);
  return parse_batch_header(bytes);
}

TEST_CASE("each field of a header is where the format has it") {
  const BatchHeader header = read_batch_header(kByHand);
  REQUIRE(header.base_offset == Offset(66051));
  REQUIRE(header.total_bytes() == kBatchHeaderBytes);
  REQUIRE(header.leader_epoch == LeaderEpoch(7));
  REQUIRE(header.magic == 2);
  REQUIRE(header.crc == 0xdeadbeef);
  REQUIRE(header.compression_id() == 4);
  REQUIRE(header.timestamp_type() == TimestampType::kLogAppendTime);
  REQUIRE(header.is_transactional());
  REQUIRE(header.is_control());
  REQUIRE(header.last_offset() == Offset(66060));
  REQUIRE(header.end_offset() == Offset(66061));
  REQUIRE(header.base_timestamp == kSampleNow);
  REQUIRE(header.max_timestamp == kSampleNow + 5);
  REQUIRE(header.producer_id == ProducerId(4242));
  REQUIRE(header.producer_epoch == ProducerEpoch(3));
  REQUIRE(header.base_sequence == Sequence(31));
  REQUIRE(header.record_count == 10);
}

TEST_CASE("writing a header is the inverse of reading it, for any 61 bytes") {
  Random random(1);
  for (int i = 0; i < 1000; ++i) {
    std::vector<std::uint8_t> bytes(kBatchHeaderBytes);
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random.below(256));
    std::vector<std::uint8_t> written(kBatchHeaderBytes);
    write_batch_header(read_batch_header(bytes), written);
    REQUIRE(written == bytes);
  }
}

TEST_CASE("what a header must have before a reader looks further") {
  REQUIRE_OK(parse_batch_header(kByHand));
  struct Case {
    const char* name;
    std::function<void(BatchHeader&)> change;
    ErrorCode code;
  };
  const Case cases[] = {
      {"magic 0", [](auto& h) { h.magic = 0; }, ErrorCode::kUnsupportedForMessageFormat},
      {"magic 1", [](auto& h) { h.magic = 1; }, ErrorCode::kUnsupportedForMessageFormat},
      {"magic 3", [](auto& h) { h.magic = 3; }, ErrorCode::kCorruptMessage},
      {"magic -1", [](auto& h) { h.magic = -1; }, ErrorCode::kCorruptMessage},
      {"length -1", [](auto& h) { h.batch_length = -1; }, ErrorCode::kCorruptMessage},
      {"length below the header", [](auto& h) { h.batch_length = 48; }, ErrorCode::kCorruptMessage},
      {"length beyond the bytes", [](auto& h) { h.batch_length = 50; }, ErrorCode::kCorruptMessage},
      {"length INT32_MAX", [](auto& h) { h.batch_length = INT32_MAX; }, ErrorCode::kCorruptMessage},
      {"last offset delta -1", [](auto& h) { h.last_offset_delta = -1; },
       ErrorCode::kCorruptMessage},
      {"record count -1", [](auto& h) { h.record_count = -1; }, ErrorCode::kCorruptMessage},
      {"base offset -1", [](auto& h) { h.base_offset = Offset(-1); }, ErrorCode::kCorruptMessage},
      {"end offset beyond 2^63", [](auto& h) { h.base_offset = Offset(INT64_MAX - 9); },
       ErrorCode::kCorruptMessage},
  };
  for (const Case& each : cases) {
    INFO(each.name);
    REQUIRE_ERROR(parse_changed(each.change), each.code);
  }
  const auto highest = parse_changed([](auto& h) { h.base_offset = Offset(INT64_MAX - 10); });
  REQUIRE_OK(highest);
  REQUIRE(highest->end_offset() == Offset(INT64_MAX));
}

TEST_CASE("a header that is cut short is corrupt, or of an old format where that can be seen") {
  std::vector<std::uint8_t> bytes = by_hand();
  for (std::size_t size = 0; size < kBatchHeaderBytes; ++size) {
    REQUIRE_ERROR(parse_batch_header(ByteView(bytes).first(size)), ErrorCode::kCorruptMessage);
  }
  bytes[16] = 1;
  REQUIRE_ERROR(parse_batch_header(ByteView(bytes).first(17)),
                ErrorCode::kUnsupportedForMessageFormat);
  REQUIRE_ERROR(parse_batch_header(ByteView(bytes).first(16)), ErrorCode::kCorruptMessage);
}

TEST_CASE("the CRC covers every bit from the attributes to the end, and nothing before") {
  const SharedBytes batch = sample().build();
  const auto holds = [](const std::vector<std::uint8_t>& bytes) {
    return batch_crc_holds(read_batch_header(bytes), bytes);
  };
  std::vector<std::uint8_t> bytes(batch.view().begin(), batch.view().end());
  REQUIRE(holds(bytes));
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    if (at >= 8 && at < 12) continue;  // the length says how far it reaches
    const bool covered = at >= kBatchCrcStart - 4;
    for (unsigned bit = 0; bit < 8; ++bit) {
      bytes[at] = static_cast<std::uint8_t>(bytes[at] ^ (1U << bit));
      REQUIRE(holds(bytes) != covered);
      bytes[at] = static_cast<std::uint8_t>(bytes[at] ^ (1U << bit));
    }
  }
  bytes.push_back(0);  // what follows the batch does not matter
  REQUIRE(holds(bytes));
}

}  // namespace
}  // namespace millrace::kafka
