#include "storage/leader_epoch_cache.h"

#include <vector>

#include "base/random.h"
#include "tests/support/catch.h"

namespace millrace::storage {
namespace {

LeaderEpochCache cache_of(std::vector<std::pair<int, int>> entries) {
  LeaderEpochCache cache;
  for (const auto& [epoch, start] : entries) cache.assign(LeaderEpoch(epoch), Offset(start));
  return cache;
}

std::vector<std::pair<int, int>> entries_of(const LeaderEpochCache& cache) {
  std::vector<std::pair<int, int>> entries;
  for (const auto& entry : cache.entries())
    entries.emplace_back(entry.epoch.value(), entry.start_offset.value());
  return entries;
}

using Entries = std::vector<std::pair<int, int>>;

}  // namespace

TEST_CASE("leader epochs: an assignment keeps epochs and offsets growing") {
  LeaderEpochCache cache = cache_of({{1, 0}, {3, 10}, {4, 20}});
  SECTION("the same epoch again is no news") {
    REQUIRE_FALSE(cache.assign(LeaderEpoch(4), Offset(25)));
    REQUIRE_FALSE(cache.assign(LeaderEpoch(4), Offset(20)));
    REQUIRE(entries_of(cache) == Entries{{1, 0}, {3, 10}, {4, 20}});
  }
  SECTION("what contradicts gives way") {
    REQUIRE(cache.assign(LeaderEpoch(5), Offset(10)));
    REQUIRE(entries_of(cache) == Entries{{1, 0}, {5, 10}});
  }
  SECTION("an older epoch that goes on keeps its start") {
    REQUIRE_FALSE(cache.assign(LeaderEpoch(3), Offset(15)));
    REQUIRE(entries_of(cache) == Entries{{1, 0}, {3, 10}});
  }
  SECTION("an epoch without records is replaced by the next") {
    REQUIRE(cache.assign(LeaderEpoch(9), Offset(20)));
    REQUIRE(entries_of(cache) == Entries{{1, 0}, {3, 10}, {9, 20}});
  }
}

TEST_CASE("leader epochs: end_of answers as OffsetForLeaderEpoch does") {
  const LeaderEpochCache cache = cache_of({{2, 5}, {4, 10}, {7, 30}});
  const struct {
    int asked, epoch, end;
  } cases[] = {
      {2, 2, 10},  {3, 2, 10},   {4, 4, 30},
      {6, 4, 30},  {7, 7, 50},               // the latest ends at the log's end
      {8, -1, -1}, {-1, -1, -1}, {1, 1, 5},  // before everything known
  };
  for (const auto& each : cases) {
    CAPTURE(each.asked);
    const auto end = cache.end_of(LeaderEpoch(each.asked), Offset(50));
    REQUIRE(end.epoch.value() == each.epoch);
    REQUIRE(end.end_offset.value() == each.end);
  }
  REQUIRE(LeaderEpochCache().end_of(LeaderEpoch(0), Offset(50)).epoch == kNoLeaderEpoch);
}

TEST_CASE("leader epochs: cutting both ends") {
  LeaderEpochCache cache = cache_of({{1, 0}, {3, 10}, {4, 20}});
  SECTION("end: what begins at or after it goes") {
    cache.cut_end(Offset(20));
    REQUIRE(entries_of(cache) == Entries{{1, 0}, {3, 10}});
    cache.cut_end(Offset(0));
    REQUIRE(cache.entries().empty());
  }
  SECTION("start: the epoch that holds it begins there") {
    cache.cut_start(Offset(12));
    REQUIRE(entries_of(cache) == Entries{{3, 12}, {4, 20}});
    cache.cut_start(Offset(20));
    REQUIRE(entries_of(cache) == Entries{{4, 20}});
    cache.cut_start(Offset(99));
    REQUIRE(entries_of(cache) == Entries{{4, 99}});
  }
}

TEST_CASE("leader epochs: the cache tells what a list of every record's epoch tells") {
  Random random(11);
  for (int round = 0; round < 300; ++round) {
    std::vector<int> epochs;  // of each record
    LeaderEpochCache cache;
    int epoch = 0;
    for (int step = 0; step < 20; ++step) {
      if (random.chance(1, 4) && !epochs.empty()) {
        const auto end = random.below(epochs.size());
        epochs.resize(end);
        cache.cut_end(Offset(static_cast<std::int64_t>(end)));
      }
      epoch += static_cast<int>(random.below(3));
      const auto records = random.below(5);
      for (std::uint64_t i = 0; i < records; ++i) {
        cache.assign(LeaderEpoch(epoch), Offset(static_cast<std::int64_t>(epochs.size())));
        epochs.push_back(epoch);
      }
    }
    for (std::size_t i = 0; i < epochs.size(); ++i)
      REQUIRE(cache.epoch_at(Offset(static_cast<std::int64_t>(i))).value() == epochs[i]);
    if (epochs.empty()) continue;
    for (int asked = epochs.front(); asked <= epochs.back(); ++asked) {
      // The slow way: the first record of a later epoch, and the last epoch before it.
      std::size_t end = 0;
      while (end < epochs.size() && epochs[end] <= asked) ++end;
      const auto answer =
          cache.end_of(LeaderEpoch(asked), Offset(static_cast<std::int64_t>(epochs.size())));
      REQUIRE(answer.end_offset.value() == static_cast<std::int64_t>(end));
      REQUIRE(answer.epoch.value() == epochs[end - 1]);
    }
  }
}

}  // namespace millrace::storage
