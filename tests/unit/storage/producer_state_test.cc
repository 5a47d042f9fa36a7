#include "storage/producer_state.h"

#include "tests/support/catch.h"

namespace millrace::storage {
namespace {

constexpr TimestampMs kNow{5'000};

kafka::BatchHeader batch(std::int64_t producer, std::int16_t epoch, std::int32_t sequence,
                         std::int64_t offset = 0, std::int32_t records = 1) {
  kafka::BatchHeader header;
  header.base_offset = Offset(offset);
  header.last_offset_delta = records - 1;
  header.record_count = records;
  header.producer_id = ProducerId(producer);
  header.producer_epoch = ProducerEpoch(epoch);
  header.base_sequence = Sequence(sequence);
  header.max_timestamp = TimestampMs(1'000 + offset);
  return header;
}

/// What check() says, in a word.
std::string judge(const ProducerState& state, const kafka::BatchHeader& header) {
  const auto result = state.check(header);
  if (!result) return std::string(name_of(result.error().code));
  return *result ? "duplicate of " + to_string((*result)->first_offset()) : "new";
}

}  // namespace

TEST_CASE("producers: sequences must follow, epochs must not go back") {
  ProducerState state(10);
  REQUIRE(judge(state, batch(1, 0, 0)) == "new");
  REQUIRE(judge(state, batch(1, 0, 77)) == "new");  // nothing is known of it: taken as it is
  state.update(batch(1, 3, 0, 0, 5), kNow);         // sequences 0..4
  const struct {
    std::int16_t epoch;
    std::int32_t sequence, records;
    const char* says;
  } cases[] = {
      {3, 5, 1, "new"},
      {3, 6, 1, "OutOfOrderSequence"},
      {3, 4, 1, "OutOfOrderSequence"},  // behind, and not a batch that is remembered
      {3, 0, 5, "duplicate of 0"},
      {3, 0, 4, "OutOfOrderSequence"},  // begins alike and is another batch
      {2, 5, 1, "InvalidProducerEpoch"},
      {4, 0, 1, "new"},
      {4, 5, 1, "OutOfOrderSequence"},  // a new epoch begins with 0
  };
  for (const auto& each : cases) {
    CAPTURE(each.epoch, each.sequence, each.records);
    REQUIRE(judge(state, batch(1, each.epoch, each.sequence, 0, each.records)) == each.says);
  }
  REQUIRE(judge(state, batch(2, 0, 9)) == "new");
}

TEST_CASE("producers: the last five batches are known again") {
  ProducerState state(10);
  for (std::int32_t i = 0; i < 7; ++i) state.update(batch(1, 0, i, 100 + i), kNow);
  REQUIRE(judge(state, batch(1, 0, 1)) == "OutOfOrderSequence");
  for (std::int32_t i = 2; i < 7; ++i)
    REQUIRE(judge(state, batch(1, 0, i)) == "duplicate of " + std::to_string(100 + i));
  REQUIRE(judge(state, batch(1, 0, 7)) == "new");
  SECTION("but not those of an older epoch") {
    state.update(batch(1, 1, 0, 107), kNow);
    REQUIRE(judge(state, batch(1, 1, 6)) == "OutOfOrderSequence");
    REQUIRE(judge(state, batch(1, 0, 6)) == "InvalidProducerEpoch");
  }
}

TEST_CASE("producers: sequences wrap after 2^31-1") {
  ProducerState state(10);
  state.update(batch(1, 0, INT32_MAX - 1, 10, 4), kNow);  // max-1, max, 0, 1
  REQUIRE(judge(state, batch(1, 0, 2)) == "new");
  REQUIRE(judge(state, batch(1, 0, INT32_MAX - 1, 0, 4)) == "duplicate of 10");
  state.update(batch(1, 0, 2, 14), kNow);
  REQUIRE(judge(state, batch(1, 0, INT32_MAX - 1, 0, 4)) == "duplicate of 10");

  ProducerState exact(10);
  exact.update(batch(1, 0, INT32_MAX, 10), kNow);
  REQUIRE(judge(exact, batch(1, 0, 0)) == "new");
}

TEST_CASE("producers: an update is taken back exactly") {
  ProducerState state(10);
  for (std::int32_t i = 0; i < 6; ++i) state.update(batch(1, 0, i, i), TimestampMs(i));
  const auto before = state.producers();
  auto first = state.update(batch(1, 0, 6, 6), kNow);
  auto second = state.update(batch(1, 1, 0, 7), kNow);
  auto third = state.update(batch(2, 0, 0, 8), kNow);
  state.undo(ProducerId(2), std::move(third));
  state.undo(ProducerId(1), std::move(second));
  state.undo(ProducerId(1), std::move(first));
  REQUIRE(state.producers() == before);
  state.expire(TimestampMs(5 + 100), 100);  // order of silence was taken back too
  REQUIRE(state.producers().empty());
}

TEST_CASE("producers: beyond the limit the one silent longest is forgotten") {
  ProducerState state(3);
  for (std::int64_t id = 1; id <= 3; ++id) state.update(batch(id, 0, 0), TimestampMs(id));
  state.update(batch(1, 0, 1), TimestampMs(4));  // 2 is now the most silent
  state.update(batch(4, 0, 0), TimestampMs(5));
  REQUIRE(state.producers().size() == 3);
  REQUIRE_FALSE(state.producers().contains(ProducerId(2)));
  REQUIRE(judge(state, batch(2, 0, 55)) == "new");
  for (std::int64_t id = 100; id < 1'000; ++id) {
    state.update(batch(id, 0, 0), TimestampMs(id));
    REQUIRE(state.producers().size() == 3);
  }
  SECTION("a snapshot with more does not lift it") {
    for (std::int64_t id = 0; id < 10; ++id)
      state.restore(ProducerId(id), {ProducerEpoch(0), {{}}, kNow}, kNow);
    REQUIRE(state.producers().size() == 3);
  }
}

TEST_CASE("producers: idle ones expire") {
  ProducerState state(10);
  state.update(batch(1, 0, 0), TimestampMs(0));
  state.update(batch(2, 0, 0), TimestampMs(50));
  state.expire(TimestampMs(99), 100);
  REQUIRE(state.producers().size() == 2);
  state.expire(TimestampMs(100), 100);
  REQUIRE(state.producers().size() == 1);
  REQUIRE(state.producers().contains(ProducerId(2)));
}

TEST_CASE("producers: batches before a snapshot's last one are recalled") {
  ProducerState live(10);
  for (std::int32_t i = 0; i < 8; ++i) live.update(batch(1, 0, i, i), kNow);
  ProducerState state(10);
  state.restore(ProducerId(1),
                {ProducerEpoch(0), {live.producers().at(ProducerId(1)).batches.back()}, {}}, kNow);
  for (std::int32_t i = 0; i < 8; ++i) state.recall(batch(1, 0, i, i));
  REQUIRE(state.producers() == live.producers());
  SECTION("not of another epoch, nor of a producer that is not known") {
    state.recall(batch(1, 1, 0, 0));
    state.recall(batch(9, 0, 0, 0));
    REQUIRE(state.producers() == live.producers());
  }
}

TEST_CASE("producer snapshots: Kafka's bytes, there and back") {
  ProducerState state(10);
  state.update(batch(0x0102030405060708, 9, 10, 20, 3), kNow);
  const auto bytes = encode_producer_snapshot(state);
  const std::vector<std::uint8_t> after_crc{
      0,    0,    0,    1,                             // one entry
      1,    2,    3,    4,    5,    6,    7,    8,     // producer id
      0,    9,                                         // epoch
      0,    0,    0,    12,                            // last sequence
      0,    0,    0,    0,    0,    0,    0,    22,    // last offset
      0,    0,    0,    2,                             // offset delta
      0,    0,    0,    0,    0,    0,    3,    0xfc,  // timestamp 1020
      0xff, 0xff, 0xff, 0xff,                          // no coordinator
      0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff   // no transaction
  };
  REQUIRE(bytes.size() == 10 + 46);
  REQUIRE(bytes[0] == 0);
  REQUIRE(bytes[1] == 1);
  REQUIRE(std::vector<std::uint8_t>(bytes.begin() + 6, bytes.end()) == after_crc);
  const auto entries = decode_producer_snapshot(bytes);
  REQUIRE_OK(entries);
  REQUIRE(entries->size() == 1);
  REQUIRE((*entries)[0].first == ProducerId(0x0102030405060708));
  REQUIRE((*entries)[0].second.batches == state.producers().begin()->second.batches);

  REQUIRE(decode_producer_snapshot(encode_producer_snapshot(ProducerState(1)))->empty());
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    CAPTURE(i);
    auto flipped = bytes;
    flipped[i] ^= 0x10;
    REQUIRE_ERROR(decode_producer_snapshot(flipped), ErrorCode::kCorrupt);
    REQUIRE_ERROR(decode_producer_snapshot(ByteView(bytes).first(i)), ErrorCode::kCorrupt);
  }
}

}  // namespace millrace::storage
