#include "storage/producer_replay.h"

#include "tests/support/catch.h"
#include "tests/support/log_driver.h"

namespace millrace::storage {
namespace {

using sim::LogDriver;

/// What recovery would find, without when the producers were seen last.
std::map<ProducerId, ProducerEntry> without_times(std::map<ProducerId, ProducerEntry> producers) {
  for (auto& [id, entry] : producers) entry.last_seen = TimestampMs(0);
  return producers;
}

void fill(LogDriver& driver, int from, int to) {
  for (int i = from; i < to; ++i) driver.put({.producer = i % 3, .sequence = i / 3});
}

}  // namespace

TEST_CASE("producer replay: snapshot and batches tell what the live log knew") {
  LogDriver driver({.index_interval_bytes = 100});
  fill(driver, 0, 30);
  const bool snapshot = GENERATE(false, true);
  if (snapshot) driver.log().checkpoint();
  driver.checkpoint();
  fill(driver, 30, 37);
  const auto live = without_times(driver.log().producers().producers());
  REQUIRE_OK(driver.reopen());
  REQUIRE(without_times(driver.log().producers().producers()) == live);
  // Batches that may still be in flight are known after a clean restart, too.
  driver.log().close();
  driver.checkpoint();
  REQUIRE_OK(driver.reopen());
  REQUIRE(without_times(driver.log().producers().producers()) == live);
  const auto again = driver.append({.producer = 0, .sequence = 12});
  REQUIRE_OK(again);
  REQUIRE(again->duplicate);
  REQUIRE(again->first_offset == Offset(36));
}

TEST_CASE("producer replay: a broken snapshot is passed over") {
  LogDriver driver({.segment_bytes = 800});
  fill(driver, 0, 30);
  driver.log().checkpoint();
  driver.checkpoint();
  const auto live = without_times(driver.log().producers().producers());
  for (const auto& path : driver.disk().files())
    if (path.ends_with(".snapshot")) REQUIRE(driver.disk().flip_bit(path, 12, 3));
  REQUIRE_OK(driver.reopen());
  REQUIRE(without_times(driver.log().producers().producers()) == live);
}

TEST_CASE("producer replay: without idempotent producers only the tail is read again") {
  LogDriver driver({.segment_bytes = 500});
  for (int i = 0; i < 30; ++i) driver.put();
  driver.log().close();
  driver.checkpoint();
  auto input = driver.input();
  input.recovery_point = driver.log().log_end();
  const auto state = recover_log(driver.disk(), input);
  REQUIRE_OK(state);
  REQUIRE(state->snapshots.back() == driver.log().log_end());
  REQUIRE(state->producers.producers().empty());
}

}  // namespace millrace::storage
