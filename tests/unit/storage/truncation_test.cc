#include "storage/truncation.h"

#include "tests/support/catch.h"
#include "tests/support/log_driver.h"

namespace millrace::storage {

using sim::LogDriver;

TEST_CASE("truncation: whole batches go, from the one that holds the offset") {
  const bool released = GENERATE(false, true);
  for (std::int64_t end = 0; end < 20; ++end) {
    CAPTURE(released, end);
    LogDriver driver({.segment_bytes = 400, .index_interval_bytes = 100});
    for (int i = 0; i < 10; ++i) driver.put({.records = 2});
    if (released) {
      driver.checkpoint();
      driver.log().release_indexes();
    }
    const auto before = *driver.read(Offset(0));
    REQUIRE(driver.truncate(Offset(end)) == Offset(end / 2 * 2));
    REQUIRE(driver.log().durable_end() == driver.log().log_end());
    const auto after = *driver.read(Offset(0));
    REQUIRE(after.size() == static_cast<std::size_t>(end / 2));
    for (std::size_t i = 0; i < after.size(); ++i) REQUIRE(after[i].bytes == before[i].bytes);
    // Other records take their place, in files and indexes too.
    for (int i = 0; i < 10; ++i) driver.put({.records = 3, .fill = 'w'});
    REQUIRE(driver.read(Offset(0))->size() == after.size() + 10);
    REQUIRE_OK(driver.reopen());
    REQUIRE_FALSE(driver.log().damage().has_value());
    REQUIRE(driver.read(Offset(0))->size() == after.size() + 10);
  }
}

TEST_CASE("truncation: the log refuses appends until it is done") {
  LogDriver driver;
  driver.put();
  driver.put();
  const auto plan = driver.log().plan_truncate(Offset(1), driver.now);
  const auto cut = locate_cut(driver.disk(), plan);
  REQUIRE_OK(cut);
  REQUIRE(driver.log().truncate(*cut));
  REQUIRE_ERROR(driver.append(), ErrorCode::kStorageError);
  driver.log().roll();  // nor does it roll
  driver.commit();
  REQUIRE(driver.log().segment_count() == 1);
  REQUIRE(driver.put().first_offset == Offset(1));
}

TEST_CASE("truncation: a plan of another generation is turned down") {
  LogDriver driver;
  for (int i = 0; i < 4; ++i) driver.put();
  const auto cut = locate_cut(driver.disk(), driver.log().plan_truncate(Offset(1), driver.now));
  driver.truncate(Offset(3));
  REQUIRE_FALSE(driver.log().truncate(*cut));
  REQUIRE(driver.log().log_end() == Offset(3));
  const auto below = locate_cut(driver.disk(), driver.log().plan_truncate(Offset(1), driver.now));
  driver.log().delete_records(Offset(2));
  REQUIRE_FALSE(driver.log().truncate(*below));
}

TEST_CASE("truncation: epochs, producers and the largest timestamp are what they were then") {
  // What a log was at each of its ends is kept, and compared when it is cut back to there.
  struct Moment {
    std::map<ProducerId, ProducerEntry> producers;
    std::vector<EpochEntry> epochs;
    TimestampMs largest;
  };
  const LogConfig config{.segment_bytes = 700, .index_interval_bytes = 150};
  const auto fill = [](LogDriver& driver, std::vector<Moment>& moments) {
    std::int32_t sequences[3] = {};
    for (int i = 0; i < 40; ++i) {
      moments.push_back({driver.log().producers().producers(), driver.log().epochs().entries(),
                         driver.log().max_timestamp().timestamp});
      driver.epoch = LeaderEpoch(1 + i / 9);
      const int producer = i * 5 % 3;
      driver.put({.timestamp = 1'000 + i * 37 % 100,
                  .producer = producer,
                  .sequence = sequences[producer]++});
    }
  };
  for (std::size_t end = 0; end < 40; ++end) {
    CAPTURE(end);
    LogDriver driver(config);
    std::vector<Moment> moments;
    fill(driver, moments);
    if (end % 2 == 0) driver.checkpoint();
    driver.truncate(Offset(static_cast<std::int64_t>(end)));
    REQUIRE(driver.log().epochs().entries() == moments[end].epochs);
    REQUIRE(driver.log().max_timestamp().timestamp == moments[end].largest);
    // A snapshot knows only the last batch of each producer: the rest may be forgotten, not wrong.
    const auto& producers = driver.log().producers().producers();
    REQUIRE(producers.size() == moments[end].producers.size());
    for (const auto& [id, entry] : moments[end].producers) {
      REQUIRE(producers.contains(id));
      REQUIRE(producers.at(id).epoch == entry.epoch);
      REQUIRE(producers.at(id).batches.back() == entry.batches.back());
    }
  }
}

}  // namespace millrace::storage
