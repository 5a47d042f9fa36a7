#include <algorithm>

#include "storage/log.h"
#include "tests/support/catch.h"
#include "tests/support/log_driver.h"

namespace millrace::storage {
namespace {

using sim::LogDriver;

bool has_file(LogDriver& driver, const std::string& name) {
  const auto files = driver.disk().files();
  return std::find(files.begin(), files.end(), std::string(LogDriver::kDirectory) + "/" + name) !=
         files.end();
}

std::string name_of_file(std::int64_t offset, const char* suffix) {
  const std::string path = SegmentFiles{"", Offset(offset), nullptr}.path(suffix);
  return path.substr(1);
}

}  // namespace

TEST_CASE("rolling: by size, before the segment grows beyond") {
  LogDriver driver({.segment_bytes = 3 * 78});
  for (int i = 0; i < 7; ++i) driver.put();
  REQUIRE(driver.log().segment_count() == 3);
  driver.put({.value_bytes = 500});  // larger than a segment: one of its own
  REQUIRE(driver.log().segment_count() == 4);
  driver.put();
  REQUIRE(driver.log().segment_count() == 5);
}

TEST_CASE("rolling: by age of the first record, less the jitter") {
  LogDriver driver({.segment_ms = 1'000, .segment_jitter_ms = 100});
  driver.put();
  driver.now = TimestampMs(1'899);
  driver.put();
  REQUIRE(driver.log().segment_count() == 1);
  driver.now = TimestampMs(1'900);
  driver.put();
  REQUIRE(driver.log().segment_count() == 2);
  SECTION("an empty segment has no age") {
    driver.log().roll();
    driver.now = TimestampMs(99'000);
    driver.put();
    REQUIRE(driver.log().segment_count() == 3);
  }
  SECTION("the age survives recovery") {
    driver.put({.timestamp = 1'950});
    driver.log().close();
    driver.checkpoint();
    driver.now = TimestampMs(2'500);
    REQUIRE_OK(driver.reopen());
    driver.put();
    REQUIRE(driver.log().segment_count() == 3);  // its first record says 1000
  }
}

TEST_CASE("rolling: a full index") {
  LogDriver driver({.index_interval_bytes = 0, .index_bytes_max = 24});
  for (int i = 0; i < 4; ++i) driver.put({.timestamp = 1'000});  // three index entries
  REQUIRE(driver.log().segment_count() == 1);
  driver.put();
  REQUIRE(driver.log().segment_count() == 2);
}

TEST_CASE("rolling: saves indexes and a snapshot, and forgets old snapshots") {
  LogDriver driver({.segment_bytes = 100});
  driver.put({.producer = 1, .sequence = 0});
  driver.put({.producer = 1, .sequence = 1});
  driver.checkpoint();
  for (const char* suffix : {".log", ".index", ".timeindex", ".sum"}) {
    CAPTURE(suffix);
    REQUIRE(has_file(driver, name_of_file(0, suffix)));
  }
  REQUIRE(has_file(driver, name_of_file(1, ".snapshot")));
  driver.log().checkpoint();
  driver.checkpoint();
  REQUIRE(has_file(driver, name_of_file(2, ".snapshot")));
  driver.put({.producer = 1, .sequence = 2});
  driver.put({.producer = 1, .sequence = 3});
  driver.log().checkpoint();
  driver.checkpoint();
  // Offsets 1, 2 and 3 begin segments, 4 is the newest.
  driver.put({.value_bytes = 0, .producer = 1, .sequence = 4});
  driver.log().checkpoint();
  driver.checkpoint();
  REQUIRE(has_file(driver, name_of_file(4, ".snapshot")));
  REQUIRE(has_file(driver, name_of_file(5, ".snapshot")));
  driver.log().delete_records(Offset(4));
  driver.checkpoint();
  for (std::int64_t offset = 1; offset < 4; ++offset)
    REQUIRE_FALSE(has_file(driver, name_of_file(offset, ".snapshot")));
}

TEST_CASE("checkpointing: once for the same end") {
  LogDriver driver;
  driver.put();
  driver.log().checkpoint();
  REQUIRE(driver.log().take_ops().size() == 2);
  driver.log().checkpoint();
  REQUIRE(driver.log().take_ops().empty());
}

TEST_CASE("checkpointing: by itself, so that recovery has little to read") {
  LogDriver driver;
  const auto batch = sim::make_batch({.value_bytes = 1 << 20});
  std::uint64_t bytes = 0;
  std::vector<std::uint64_t> at;
  for (int i = 0; i < 900; ++i) {
    REQUIRE_OK(driver.log().append(batch, LeaderEpoch(1), std::nullopt, driver.now));
    bytes += batch.bytes.size();
    for (const WriteOp& op : driver.log().take_ops())
      if (std::holds_alternative<SealSegmentOp>(op)) at.push_back(bytes);
  }
  REQUIRE(driver.log().segment_count() == 1);
  REQUIRE(at.size() >= 8);
  REQUIRE(at.size() < 16);
  for (std::size_t i = 0; i < at.size(); ++i) {
    const std::uint64_t since = at[i] - (i == 0 ? 0 : at[i - 1]);
    REQUIRE(since >= kCheckpointBytes);
    REQUIRE(since <= std::max(kCheckpointBytes, at[i] / 16) + batch.bytes.size());
  }
}

TEST_CASE("deleting: records go with whole segments, the start moves at once") {
  LogDriver driver({.segment_bytes = 100});
  for (int i = 0; i < 5; ++i) driver.put({.records = 2});
  driver.log().delete_records(Offset(5));
  REQUIRE(driver.log().log_start() == Offset(5));
  REQUIRE(driver.log().segment_count() == 3);
  REQUIRE_ERROR(driver.read(Offset(4)), ErrorCode::kOffsetOutOfRange);
  REQUIRE(driver.read(Offset(5))->front().header.base_offset == Offset(4));
  driver.log().delete_records(Offset(3));  // never back
  REQUIRE(driver.log().log_start() == Offset(5));
  driver.commit();
  REQUIRE_FALSE(has_file(driver, name_of_file(2, ".log")));
  REQUIRE(has_file(driver, name_of_file(4, ".log")));
  SECTION("and stays where it is after recovery") {
    REQUIRE_OK(driver.reopen());
    REQUIRE(driver.log().log_start() == Offset(5));
    REQUIRE_FALSE(driver.log().damage().has_value());
  }
  SECTION("everything") {
    driver.log().delete_records(Offset(10));
    driver.commit();
    REQUIRE(driver.log().log_start() == driver.log().log_end());
    REQUIRE(driver.log().segment_count() == 1);
    REQUIRE(driver.put().first_offset == Offset(10));
  }
}

TEST_CASE("retention: by time, up to the high watermark, oldest first") {
  LogDriver driver({.segment_bytes = 100, .retention_ms = 1'000});
  for (int i = 0; i < 5; ++i) driver.put({.timestamp = 1'000 + i * 100});
  REQUIRE_FALSE(driver.log().apply_retention(TimestampMs(2'000), Offset(5)));
  REQUIRE(driver.log().apply_retention(TimestampMs(2'101), Offset(5)));
  REQUIRE(driver.log().log_start() == Offset(2));
  REQUIRE_FALSE(driver.log().apply_retention(TimestampMs(9'999), Offset(2)));
  SECTION("the active segment rolls first") {
    REQUIRE(driver.log().apply_retention(TimestampMs(9'999), Offset(5)));
    REQUIRE(driver.log().log_start() == Offset(5));
    REQUIRE(driver.log().segment_count() == 1);
    driver.commit();
    REQUIRE_FALSE(driver.log().apply_retention(TimestampMs(99'999), Offset(5)));
    REQUIRE(driver.put().first_offset == Offset(5));
  }
  SECTION("not without delete in the policy") {
    auto config = driver.log().config();
    config.delete_by_retention = false;
    driver.log().set_config(config);
    REQUIRE_FALSE(driver.log().apply_retention(TimestampMs(9'999), Offset(5)));
  }
}

TEST_CASE("retention: by size, as long as enough is left") {
  LogDriver driver({.segment_bytes = 100, .retention_ms = -1, .retention_bytes = 3 * 78});
  for (int i = 0; i < 5; ++i) driver.put({.timestamp = 1'000});
  REQUIRE(driver.log().apply_retention(TimestampMs(1'000), Offset(1)));
  REQUIRE(driver.log().log_start() == Offset(1));  // not beyond the high watermark
  REQUIRE(driver.log().apply_retention(TimestampMs(1'000), Offset(5)));
  REQUIRE(driver.log().log_start() == Offset(2));
  REQUIRE_FALSE(driver.log().apply_retention(TimestampMs(1'000), Offset(5)));
}

TEST_CASE("producers: those of a log expire") {
  LogDriver driver({.producer_expiry_ms = 500});
  driver.put({.producer = 1, .sequence = 0});
  driver.log().expire_producers(TimestampMs(1'499));
  REQUIRE(driver.log().producers().producers().size() == 1);
  driver.log().expire_producers(TimestampMs(1'500));
  REQUIRE(driver.log().producers().producers().empty());
  REQUIRE_OK(driver.append({.producer = 1, .sequence = 9}));
}

}  // namespace millrace::storage
