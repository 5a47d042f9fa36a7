// Random operations on a log and on a twin that is a list of batches: they must always agree.

#include <fmt/format.h>

#include <algorithm>

#include "storage/log.h"
#include "tests/support/catch.h"
#include "tests/support/log_driver.h"

namespace millrace::storage {
namespace {

using sim::BatchSpec;
using sim::LogDriver;

/// What the log must hold, kept the simplest way.
struct Twin {
  struct Batch {
    std::int64_t base, end;
    int epoch;
    std::int64_t timestamp, step;
    std::int64_t producer;
    std::int32_t sequence;
  };
  std::vector<Batch> batches;
  std::int64_t start = 0;

  [[nodiscard]] std::int64_t end() const { return batches.empty() ? start : batches.back().end; }

  void truncate(std::int64_t at) {
    std::erase_if(batches, [&](const Batch& batch) { return batch.end > at; });
  }
  /// First offset at or after the start with at least `timestamp`, below `limit`.
  [[nodiscard]] std::int64_t find(std::int64_t timestamp, std::int64_t limit) const {
    for (const Batch& batch : batches) {
      for (std::int64_t offset = batch.base; offset < batch.end; ++offset) {
        const bool found = batch.timestamp + (offset - batch.base) * batch.step >= timestamp;
        if (found && offset >= start && batch.base < limit) return offset;
      }
    }
    return -1;
  }
  /// The sequence that a producer must send next, as far as its batches are there.
  [[nodiscard]] std::int32_t next_sequence(std::int64_t producer) const {
    for (auto batch = batches.rbegin(); batch != batches.rend(); ++batch)
      if (batch->producer == producer)
        return batch->sequence + static_cast<std::int32_t>(batch->end - batch->base);
    return 0;
  }
};

class Pair {
 public:
  explicit Pair(std::uint64_t seed)
      : random_(seed),
        driver_({.segment_bytes = static_cast<std::uint32_t>(300 + random_.below(2'000)),
                 .index_interval_bytes = static_cast<std::uint32_t>(random_.below(400)),
                 .retention_ms = 20'000},
                seed) {
    driver_.now = TimestampMs(1'000'000);
  }

  void step() {
    driver_.now = driver_.now + static_cast<std::int64_t>(random_.below(500));
    switch (random_.below(14)) {
      case 0:
      case 1:
      case 2:
      case 3:
      case 4:
        return append();
      case 5:
        return driver_.write();
      case 6:
        return driver_.commit();
      case 7:
        return driver_.checkpoint();
      case 8:
        return driver_.log().roll();
      case 9:
        return truncate();
      case 10:
        return remove();
      case 11:
        return fail_writes();
      case 12:
        return driver_.log().checkpoint();
      default:
        return reopen();
    }
  }

  void compare() {
    Log& log = driver_.log();
    log.check_invariants();
    REQUIRE_FALSE(log.damage().has_value());
    REQUIRE(log.log_end().value() == twin_.end());
    REQUIRE(log.log_start().value() == twin_.start);
    compare_read();
    compare_time();
    for (const auto& batch : twin_.batches) {
      if (batch.end > twin_.start)
        REQUIRE(log.epochs().epoch_at(Offset(std::max(batch.base, twin_.start))).value() ==
                batch.epoch);
    }
  }

 private:
  void append() {
    BatchSpec spec;
    spec.records = static_cast<int>(1 + random_.below(4));
    spec.value_bytes = static_cast<std::size_t>(random_.below(120));
    spec.timestamp = driver_.now.value() - static_cast<std::int64_t>(random_.below(3'000));
    spec.timestamp_step = static_cast<std::int64_t>(random_.below(20));
    if (random_.chance(1, 6)) {  // records need not have one
      spec.timestamp = -1;
      spec.timestamp_step = 0;
    }
    if (random_.chance(1, 2)) {
      spec.producer = static_cast<std::int64_t>(random_.below(3));
      spec.sequence = twin_.next_sequence(spec.producer);
    }
    if (random_.chance(1, 8)) driver_.epoch = LeaderEpoch(driver_.epoch.value() + 1);
    const auto result = driver_.append(spec);
    REQUIRE_OK(result);
    REQUIRE_FALSE(result->duplicate);
    REQUIRE(result->first_offset.value() == twin_.end());
    twin_.batches.push_back({twin_.end(), twin_.end() + spec.records, driver_.epoch.value(),
                             spec.timestamp, spec.timestamp_step, spec.producer, spec.sequence});
    if (spec.producer >= 0 && random_.chance(1, 3)) {
      const auto again = driver_.append(spec);
      REQUIRE_OK(again);
      REQUIRE(again->duplicate);
      REQUIRE(again->first_offset == result->first_offset);
    }
  }

  void truncate() {
    driver_.commit();
    if (twin_.end() == twin_.start) return;
    const auto at = twin_.start + static_cast<std::int64_t>(random_.below(
                                      static_cast<std::uint64_t>(twin_.end() - twin_.start)));
    // A batch that the log start is in cannot go.
    for (const auto& batch : twin_.batches)
      if (batch.base < twin_.start && batch.end > at) return;
    driver_.truncate(Offset(at));
    twin_.truncate(at);
    driver_.epoch = LeaderEpoch(driver_.epoch.value() + 1);
  }

  void remove() {
    driver_.commit();
    Log& log = driver_.log();
    if (random_.chance(1, 2)) {
      log.apply_retention(driver_.now, log.durable_end());
      REQUIRE(log.log_start().value() >= twin_.start);
    } else {
      const auto span = static_cast<std::uint64_t>(twin_.end() - twin_.start);
      log.delete_records(log.log_start() + static_cast<std::int64_t>(random_.below(span / 3 + 1)));
    }
    twin_.start = log.log_start().value();
    // Batches below are gone for producers, too, once their segments are; those at the end matter.
    driver_.commit();
  }

  void fail_writes() {
    driver_.disk().set_capacity(0);
    driver_.commit();
    driver_.disk().set_capacity(std::nullopt);
    driver_.commit();
    driver_.log().resume();
    twin_.truncate(driver_.log().log_end().value());
  }

  void reopen() {
    driver_.commit();
    if (random_.chance(1, 2)) {
      driver_.log().close();
      driver_.checkpoint();
    }
    auto input = driver_.input();
    if (random_.chance(1, 2)) {
      driver_.checkpoint();
      input.recovery_point = driver_.log().log_end();
    }
    REQUIRE_OK(driver_.reopen(input));
  }

  void compare_read() {
    const std::int64_t written = driver_.log().written_end().value();
    const auto span = static_cast<std::uint64_t>(written - twin_.start);
    if (span == 0) return;
    const auto from = twin_.start + static_cast<std::int64_t>(random_.below(span));
    const auto read = driver_.read(Offset(from), 1 + random_.below(1'500));
    REQUIRE_OK(read);
    auto expected = std::find_if(twin_.batches.begin(), twin_.batches.end(),
                                 [&](const Twin::Batch& batch) { return batch.end > from; });
    for (const auto& batch : *read) {
      REQUIRE(expected != twin_.batches.end());
      REQUIRE(batch.header.base_offset.value() == expected->base);
      REQUIRE(batch.header.end_offset().value() == expected->end);
      REQUIRE(batch.header.leader_epoch.value() == expected->epoch);
      REQUIRE(batch.header.base_timestamp.value() == expected->timestamp);
      ++expected;
    }
    REQUIRE((expected == twin_.batches.end() || expected->base >= written));
  }

  void compare_time() {
    const auto timestamp = driver_.now.value() - static_cast<std::int64_t>(random_.below(30'000));
    const std::int64_t written = driver_.log().written_end().value();
    const auto found = driver_.find(TimestampMs(timestamp));
    REQUIRE_OK(found);
    REQUIRE(found->offset.value() == twin_.find(timestamp, written));
  }

  Random random_;
  LogDriver driver_;
  Twin twin_;
};

}  // namespace

TEST_CASE("log: agrees with its twin whatever happens") {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    CAPTURE(seed);
    Pair pair(seed);
    for (int i = 0; i < 120; ++i) {
      CAPTURE(i);
      pair.step();
      pair.compare();
    }
  }
}

}  // namespace millrace::storage
