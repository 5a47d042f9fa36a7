#include "storage/log.h"
#include "storage/read_plan.h"
#include "tests/support/catch.h"
#include "tests/support/log_driver.h"

namespace millrace::storage {
namespace {

using sim::BatchSpec;
using sim::LogDriver;

std::string segment_path(std::int64_t base, const char* suffix) {
  return SegmentFiles{LogDriver::kDirectory, Offset(base), nullptr}.path(suffix);
}

std::vector<std::int64_t> bases(const std::vector<sim::StoredBatch>& batches) {
  std::vector<std::int64_t> all;
  for (const auto& batch : batches) all.push_back(batch.header.base_offset.value());
  return all;
}

using Bases = std::vector<std::int64_t>;

/// One plan, read from disk.
Result<ReadResult> read_once(LogDriver& driver, std::int64_t from, std::size_t max_bytes,
                             std::int64_t limit = INT64_MAX) {
  ASSIGN_OR_RETURN(const auto plan, driver.log().plan_read(Offset(from), Offset(limit), max_bytes));
  if (!plan) return fail(ErrorCode::kNotFound, "nothing to read");
  return read_now(driver.disk(), *plan);
}

}  // namespace

TEST_CASE("reading: whole batches from the one that holds the offset") {
  LogDriver driver({.index_interval_bytes = 1});
  for (int i = 0; i < 10; ++i) driver.put({.records = 3});  // 0-2, 3-5, ...
  const auto read = read_once(driver, 7, 1 << 20);
  REQUIRE_OK(read);
  REQUIRE(kafka::read_batch_header(read->bytes.pieces()[0].view()).base_offset == Offset(6));
  REQUIRE(read->next == Offset(30));
  REQUIRE(bases(*driver.read(Offset(0))).size() == 10);
  REQUIRE(bases(*driver.read(Offset(29))) == Bases{27});
  REQUIRE(bases(*driver.read(Offset(30))).empty());
  REQUIRE_ERROR(driver.read(Offset(31)), ErrorCode::kOffsetOutOfRange);
  REQUIRE_ERROR(driver.read(Offset(-1)), ErrorCode::kOffsetOutOfRange);
}

TEST_CASE("reading: at most max_bytes, but at least one batch") {
  // With and without index entries, before and after sealing: the plan's view of the sums differs.
  const auto interval = GENERATE(1U, 150U, 100'000U);
  const bool sealed = GENERATE(false, true);
  LogDriver driver({.index_interval_bytes = interval});
  for (int i = 0; i < 12; ++i) driver.put({.value_bytes = static_cast<std::size_t>(i * 17 % 90)});
  if (sealed) {
    driver.log().roll();
    driver.checkpoint();
    driver.log().release_indexes();
  }
  const auto sizes = *driver.read(Offset(0));
  for (std::int64_t from = 0; from < 12; ++from) {
    for (std::size_t max_bytes = 1; max_bytes < 700; max_bytes += 13) {
      CAPTURE(interval, sealed, from, max_bytes);
      std::size_t expected = 0;
      std::int64_t next = from;
      while (next < 12) {
        const std::size_t size = sizes[static_cast<std::size_t>(next)].bytes.size();
        if (next > from && expected + size > max_bytes) break;
        expected += size;
        ++next;
      }
      const auto read = read_once(driver, from, max_bytes);
      REQUIRE_OK(read);
      REQUIRE(read->bytes.size() == expected);
      REQUIRE(read->next == Offset(next));
    }
  }
}

TEST_CASE("reading: nothing at or above the limit, nothing that is not written") {
  LogDriver driver({.segment_bytes = 250});
  for (int i = 0; i < 4; ++i) driver.put({.records = 2});
  REQUIRE(bases(*driver.read(Offset(0), 1 << 20, Offset(4))) == Bases{0, 2});
  REQUIRE(bases(*driver.read(Offset(3), 1 << 20, Offset(6))) == Bases{2, 4});
  // Appended, in the active segment and in one that was rolled meanwhile.
  const auto segments = driver.log().segment_count();
  for (int i = 0; i < 6; ++i) REQUIRE_OK(driver.append({.records = 2}));
  REQUIRE(driver.log().segment_count() > segments + 1);
  REQUIRE(bases(*driver.read(Offset(0), 1 << 20, driver.log().log_end())) == Bases{0, 2, 4, 6});
  driver.write();
  REQUIRE(driver.read(Offset(0))->size() == 10);
}

TEST_CASE("reading: from the page cache, or not at all") {
  HeapMemory memory;
  LogDriver driver({.segment_bytes = 200});
  for (int i = 0; i < 6; ++i) driver.put();
  const auto plan = driver.log().plan_read(Offset(5), Offset(6), 1000);
  REQUIRE_OK(plan);
  REQUIRE(read_cached(**plan, memory)->next == Offset(6));
  driver.checkpoint();
  driver.log().release_indexes();
  const auto sealed = driver.log().plan_read(Offset(0), Offset(6), 1000);
  REQUIRE_OK(sealed);
  REQUIRE((*sealed)->index == nullptr);
  REQUIRE_ERROR(read_cached(**sealed, memory), ErrorCode::kWouldBlock);
  const auto loaded = read_now(driver.disk(), **sealed);
  REQUIRE_OK(loaded);
  driver.log().install(**sealed, loaded->loaded);
  REQUIRE(read_cached(**driver.log().plan_read(Offset(0), Offset(6), 1000), memory)->next ==
          loaded->next);
}

TEST_CASE("reading: indexes of sealed segments stay until they are saved, then few") {
  LogDriver driver({.segment_bytes = 100});
  for (int i = 0; i < 8; ++i) driver.put();
  REQUIRE(driver.log().segment_count() == 8);
  const auto in_memory = [&] {
    int count = 0;
    for (std::int64_t i = 0; i < 7; ++i)
      count += (*driver.log().plan_read(Offset(i), Offset(8), 1))->index != nullptr ? 1 : 0;
    return count;
  };
  REQUIRE(in_memory() == 7);
  driver.checkpoint();
  REQUIRE(in_memory() == static_cast<int>(kLoadedIndexesMax));
  REQUIRE(driver.read(Offset(0))->size() == 8);
  REQUIRE(in_memory() == static_cast<int>(kLoadedIndexesMax));
  driver.log().release_indexes();
  REQUIRE(in_memory() == 0);
}

TEST_CASE("reading: no byte leaves without its checksums") {
  for (const bool sealed : {false, true}) {
    LogDriver driver;
    for (int i = 0; i < 3; ++i) driver.put({.records = 2, .value_bytes = 40});
    if (sealed) {
      driver.log().roll();
      driver.checkpoint();
      driver.log().release_indexes();
    } else {
      driver.log().flush();  // the simulated disk flips what is durable in the file
      driver.commit();
    }
    const auto size = driver.read(Offset(0))->at(0).bytes.size();
    for (std::size_t i = 0; i < size; ++i) {
      CAPTURE(sealed, i);
      const std::uint64_t position = size + i;  // in the second batch
      REQUIRE(driver.disk().flip_bit(segment_path(0, ".log"), position, i % 8));
      // The batch before is still served; this one is not, and the message says where it is.
      const auto before = read_once(driver, 0, 1 << 20);
      REQUIRE_OK(before);
      REQUIRE(before->next == Offset(2));
      const auto bad = read_once(driver, 2, 1 << 20);
      REQUIRE_ERROR(bad, ErrorCode::kCorruptMessage);
      REQUIRE(bad.error().message.find(segment_path(0, ".log")) != std::string::npos);
      REQUIRE(bad.error().message.find("byte " + std::to_string(size)) != std::string::npos);
      REQUIRE(driver.disk().flip_bit(segment_path(0, ".log"), position, i % 8));
    }
  }
}

TEST_CASE("reading: a plan that the log overtook is known as such") {
  LogDriver driver({.segment_bytes = 200});
  for (int i = 0; i < 6; ++i) driver.put();
  const auto low = **driver.log().plan_read(Offset(0), Offset(6), 1000);
  const auto high = **driver.log().plan_read(Offset(5), Offset(6), 1000);
  REQUIRE_FALSE(driver.log().outdated(low));
  SECTION("by a deletion") {
    driver.log().delete_records(Offset(3));
    REQUIRE(driver.log().outdated(low));
    REQUIRE_FALSE(driver.log().outdated(high));
  }
  SECTION("by a truncation") {
    driver.truncate(Offset(4));
    REQUIRE(driver.log().outdated(low));
    REQUIRE(driver.log().outdated(high));
  }
}

TEST_CASE("timestamps: the first record that is not older") {
  const bool sealed = GENERATE(false, true);
  LogDriver driver({.segment_bytes = 1'000, .index_interval_bytes = 100});
  // Out of order in places: 1000, 1010, 1020 | 1100 ... and a late record now and then.
  std::vector<std::int64_t> stamps;
  for (int i = 0; i < 60; ++i) {
    const std::int64_t first = i % 7 == 3 ? 900 : 1'000 + i * 100;
    driver.put({.records = 3,
                .timestamp = first,
                .timestamp_step = 10,
                .compression = i % 2 == 0 ? kafka::Compression::kNone : kafka::Compression::kGzip});
    for (int j = 0; j < 3; ++j) stamps.push_back(first + j * 10);
  }
  if (sealed) {
    driver.checkpoint();
    driver.log().release_indexes();
  }
  for (std::int64_t wanted = 890; wanted < 7'100; wanted += 5) {
    CAPTURE(wanted);
    const auto expected =
        std::find_if(stamps.begin(), stamps.end(), [&](auto at) { return at >= wanted; });
    const auto found = driver.find(TimestampMs(wanted));
    REQUIRE_OK(found);
    if (expected == stamps.end()) {
      REQUIRE(found->offset == kNoOffset);
      continue;
    }
    REQUIRE(found->offset == Offset(expected - stamps.begin()));
    REQUIRE(found->timestamp == TimestampMs(*expected));
    REQUIRE(found->epoch == LeaderEpoch(1));
  }
  SECTION("below the limit only") {
    REQUIRE(driver.find(TimestampMs(1'500), Offset(9))->offset == kNoOffset);
    REQUIRE(driver.find(TimestampMs(1'100), Offset(9))->offset == Offset(3));
  }
  SECTION("the largest one") {
    const auto expected = std::max_element(stamps.begin(), stamps.end());
    const auto largest = driver.log().max_timestamp();
    REQUIRE(largest.timestamp == TimestampMs(*expected));
    REQUIRE(driver.find(largest.timestamp)->offset == Offset(expected - stamps.begin()));
  }
}

}  // namespace millrace::storage
