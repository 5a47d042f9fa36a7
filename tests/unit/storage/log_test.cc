#include "storage/log.h"

#include <algorithm>

#include "base/crc32c.h"
#include "storage/sum.h"
#include "tests/support/catch.h"
#include "tests/support/log_driver.h"

namespace millrace::storage {
namespace {

using sim::BatchSpec;
using sim::LogDriver;

template <class Op>
std::vector<Op> ops_of(std::vector<WriteOp>& ops) {
  std::vector<Op> found;
  for (const WriteOp& op : ops)
    if (const auto* each = std::get_if<Op>(&op)) found.push_back(*each);
  return found;
}

}  // namespace

TEST_CASE("log: an append assigns offsets and copies nothing but the header") {
  LogDriver driver;
  const auto batch = sim::make_batch({.records = 3, .value_bytes = 100});
  const auto result = driver.log().append(batch, LeaderEpoch(7), std::nullopt, driver.now);
  REQUIRE_OK(result);
  REQUIRE(result->first_offset == Offset(0));
  REQUIRE(result->last_offset == Offset(2));
  REQUIRE(result->append_time == kNoTimestamp);
  REQUIRE(driver.log().append(batch, LeaderEpoch(7), std::nullopt, driver.now)->first_offset ==
          Offset(3));
  REQUIRE(driver.log().log_end() == Offset(6));

  auto ops = driver.log().take_ops();
  REQUIRE(driver.log().take_ops().empty());
  const auto appends = ops_of<AppendOp>(ops);
  REQUIRE(appends.size() == 2);
  REQUIRE(appends[1].position == batch.bytes.size());
  REQUIRE(appends[1].end_offset == Offset(6));
  const auto& pieces = appends[1].bytes.pieces();
  REQUIRE(pieces.size() == 2);
  REQUIRE(pieces[1].data() == batch.bytes.data() + kafka::kBatchHeaderBytes);
  const auto header = kafka::read_batch_header(pieces[0].view());
  REQUIRE(header.base_offset == Offset(3));
  REQUIRE(header.leader_epoch == LeaderEpoch(7));
  REQUIRE(header.crc == batch.header.crc);
  REQUIRE(appends[1].sums == std::vector<SumEntry>{{static_cast<std::uint32_t>(batch.bytes.size()),
                                                    sum_of(LogDriver::id(), pieces[0].view())}});
}

TEST_CASE("log: log append time stamps the batch and its CRC") {
  LogDriver driver;
  driver.append_time = TimestampMs(99'000);
  const auto result = driver.put({.records = 2, .timestamp = 5});
  REQUIRE(result.append_time == TimestampMs(99'000));
  const auto read = driver.read(Offset(0));
  REQUIRE_OK(read);
  REQUIRE(read->at(0).header.max_timestamp == TimestampMs(99'000));
  REQUIRE(read->at(0).header.timestamp_type() == kafka::TimestampType::kLogAppendTime);
  const auto found = driver.find(TimestampMs(50'000));
  REQUIRE_OK(found);
  REQUIRE(found->offset == Offset(0));
  REQUIRE(found->timestamp == TimestampMs(99'000));
}

TEST_CASE("log: written and durable are different events") {
  LogDriver driver;
  REQUIRE_OK(driver.append());
  Log& log = driver.log();
  REQUIRE(log.log_end() == Offset(1));
  REQUIRE(log.written_end() == Offset(0));
  driver.write();
  REQUIRE(log.written_end() == Offset(1));
  REQUIRE(log.durable_end() == Offset(0));
  driver.commit();
  REQUIRE(log.durable_end() == Offset(1));
}

TEST_CASE("log: an older leader epoch may not append") {
  LogDriver driver;
  driver.epoch = LeaderEpoch(5);
  driver.put();
  driver.epoch = LeaderEpoch(4);
  REQUIRE_ERROR(driver.append(), ErrorCode::kFencedLeaderEpoch);
  driver.epoch = LeaderEpoch(6);
  driver.put();
  const auto end = driver.log().epochs().end_of(LeaderEpoch(5), driver.log().log_end());
  REQUIRE(end.end_offset == Offset(1));
  SECTION("an epoch begins without records when its leader says so") {
    driver.log().start_epoch(LeaderEpoch(9));
    driver.log().start_epoch(LeaderEpoch(8));
    REQUIRE(driver.log().epochs().latest() == LeaderEpoch(9));
    REQUIRE(driver.log().epochs().end_of(LeaderEpoch(9), driver.log().log_end()).end_offset ==
            Offset(2));
    REQUIRE(driver.log().epochs().end_of(LeaderEpoch(6), driver.log().log_end()).end_offset ==
            Offset(2));
  }
}

TEST_CASE("log: duplicates of idempotent producers are answered, not stored") {
  LogDriver driver;
  driver.put();
  driver.append_time = TimestampMs(2'000);
  const BatchSpec first{.records = 2, .producer = 5, .sequence = 0};
  driver.put(first);
  driver.append_time = TimestampMs(3'000);
  const auto again = driver.append(first);
  REQUIRE_OK(again);
  REQUIRE(again->duplicate);
  REQUIRE(again->first_offset == Offset(1));
  REQUIRE(again->last_offset == Offset(2));
  REQUIRE(again->append_time == TimestampMs(2'000));
  REQUIRE(driver.log().log_end() == Offset(3));
  REQUIRE(driver.log().take_ops().empty());
  REQUIRE_ERROR(driver.append({.producer = 5, .sequence = 7}), ErrorCode::kOutOfOrderSequence);
  REQUIRE_ERROR(driver.append({.producer = 5, .epoch = -1, .sequence = 2}),
                ErrorCode::kInvalidProducerEpoch);
  REQUIRE(driver.log().log_end() == Offset(3));
}

TEST_CASE("log: a failed write takes back everything at and above the good end") {
  // Small segments: the failed write lies before rolls and snapshots.
  LogDriver driver({.segment_bytes = 300, .index_interval_bytes = 1});
  driver.put({.producer = 1, .sequence = 0});
  driver.put({.timestamp = 2'000, .producer = 1, .sequence = 1});
  const auto producers = driver.log().producers().producers();
  const auto epochs = driver.log().epochs().entries();
  const auto described = driver.log().describe();
  const auto bytes = driver.log().bytes();
  const auto largest = driver.log().max_timestamp().timestamp;

  driver.epoch = LeaderEpoch(2);
  for (std::int32_t i = 2; i < 9; ++i) {
    REQUIRE_OK(
        driver.append({.value_bytes = 100, .timestamp = 9'000, .producer = 1, .sequence = i}));
    REQUIRE_OK(driver.append({.timestamp = 9'000, .producer = 2, .sequence = i}));
  }
  REQUIRE(driver.log().segment_count() > 3);
  driver.disk().set_capacity(0);
  driver.write();
  REQUIRE(driver.log().log_end() == Offset(2));
  REQUIRE(driver.log().bytes() == bytes);
  REQUIRE(driver.log().max_timestamp().timestamp == largest);
  REQUIRE(driver.log().producers().producers() == producers);
  // The new epoch began with the first append that failed: its leader is still the leader.
  REQUIRE(driver.log().epochs().entries().size() == epochs.size() + 1);
  REQUIRE(driver.log().epochs().entries().back() == EpochEntry{LeaderEpoch(2), Offset(2)});
  REQUIRE(driver.log().segment_count() == 2);  // the second was created before the write
  REQUIRE_ERROR(driver.append(), ErrorCode::kNoSpace);
  const auto read = driver.read(Offset(0));
  REQUIRE_OK(read);
  REQUIRE(read->size() == 2);

  SECTION("and goes on when space returns") {
    driver.disk().set_capacity(std::nullopt);
    driver.log().resume();
    const auto next = driver.put({.producer = 1, .sequence = 2});
    REQUIRE(next.first_offset == Offset(2));
    REQUIRE(driver.log().durable_end() == Offset(3));
    REQUIRE(driver.read(Offset(0))->size() == 3);
    REQUIRE_OK(driver.reopen());
    REQUIRE(driver.log().log_end() == Offset(3));
    REQUIRE_FALSE(driver.log().damage().has_value());
  }
}

TEST_CASE("log: what was durable before a failed write is still reported") {
  LogDriver driver;
  REQUIRE_OK(driver.append());
  driver.write();  // no round yet
  REQUIRE_OK(driver.append());
  driver.disk().set_capacity(0);
  driver.write();
  REQUIRE(driver.log().log_end() == Offset(1));
  REQUIRE(driver.log().durable_end() == Offset(0));
  driver.disk().set_capacity(std::nullopt);
  driver.commit();
  REQUIRE(driver.log().durable_end() == Offset(1));
}

TEST_CASE("log: a round that was out when a write failed still counts") {
  LogDriver driver;
  driver.epoch = LeaderEpoch(2);
  REQUIRE_OK(driver.append());
  driver.write();
  auto round = driver.writer().start_round();
  REQUIRE_OK(driver.append());
  driver.epoch = LeaderEpoch(3);
  REQUIRE_OK(driver.append());  // an epoch that begins above the good end is no more
  driver.disk().set_capacity(0);
  driver.write();
  REQUIRE(driver.log().epochs().latest() == LeaderEpoch(2));
  driver.disk().set_capacity(std::nullopt);
  round->run([](std::vector<Task> tasks) {
    for (auto& task : tasks) std::move(task)();
  });
  driver.writer().finish_round(std::move(round));  // reported under the old generation
  driver.write();
  driver.commit();
  REQUIRE(driver.log().durable_end() == Offset(1));
}

TEST_CASE("log: answers to an older generation mean nothing") {
  LogDriver driver;
  driver.put();
  REQUIRE_OK(driver.append());
  driver.write();
  const LogRef old{LogDriver::id(), 0};
  // A round for offset 2 is out while the log is cut at 1.
  driver.truncate(Offset(1));
  driver.log().on_durable({old, Offset(2)});
  driver.log().on_written({old, Offset(2)});
  REQUIRE(driver.log().durable_end() == Offset(1));
  REQUIRE_OK(driver.append());
  driver.log().on_durable({old, Offset(2)});
  REQUIRE(driver.log().durable_end() == Offset(1));
}

TEST_CASE("log: a fenced directory takes no appends for good") {
  LogDriver driver;
  driver.put();
  driver.log().on_fenced({ErrorCode::kIo, "gone"});
  REQUIRE_ERROR(driver.append(), ErrorCode::kStorageError);
  driver.log().resume();
  REQUIRE_ERROR(driver.append(), ErrorCode::kStorageError);
  REQUIRE(driver.read(Offset(0))->size() == 1);
}

TEST_CASE("log: its state renders as text") {
  LogDriver driver({.segment_bytes = 100});
  driver.put();
  driver.put();
  REQUIRE(driver.log().describe() ==
          "log /d/t-0 start=0 durable=2 written=2 end=2 epoch=1 producers=0\n"
          "  segment 0 end=1 bytes=78\n"
          "  segment 1 end=2 bytes=78");
}

}  // namespace millrace::storage
