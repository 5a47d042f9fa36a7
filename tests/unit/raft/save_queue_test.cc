#include "raft/save_queue.h"

#include <vector>

#include "base/random.h"
#include "tests/support/catch.h"

namespace millrace::raft {
namespace {

const MonotonicTime kStart;

TEST_CASE("a save is durable when the disk says so, in order") {
  SaveQueue saves(Offset(3));
  const auto first = saves.add(Offset(5), std::nullopt, false, kStart);
  const auto second = saves.add(Offset(6), std::nullopt, true, kStart + std::chrono::seconds(1));
  REQUIRE(saves.durable_end() == Offset(3));
  REQUIRE(saves.hard_state_number() == second);
  REQUIRE(saves.waiting_since() == kStart);
  saves.on_saved(first);
  REQUIRE(saves.durable_end() == Offset(5));
  REQUIRE(saves.waiting_since() == kStart + std::chrono::seconds(1));
  saves.on_saved(second);
  REQUIRE(saves.durable_end() == Offset(6));
  REQUIRE(saves.idle());
}

TEST_CASE("what was cut off and replaced does not count when its save arrives late") {
  SaveQueue saves(Offset(3));
  const auto old_entries = saves.add(Offset(8), std::nullopt, false, kStart);
  const auto new_entries = saves.add(Offset(8), Offset(5), false, kStart);
  saves.on_saved(old_entries);  // 5 to 7 are durable, but they are others
  REQUIRE(saves.durable_end() == Offset(5));
  saves.on_saved(new_entries);
  REQUIRE(saves.durable_end() == Offset(8));
}

TEST_CASE("a save queue against a disk that remembers every entry") {
  Random random(5);
  for (int run = 0; run < 2'000; ++run) {
    SaveQueue saves;
    std::vector<int> log;                 // as the replica has it: who wrote each entry
    std::vector<std::vector<int>> disks;  // after each save
    std::vector<int> durable;
    std::uint64_t asked = 0;
    for (int step = 1; step < 30; ++step) {
      if (random.chance(2, 3)) {
        std::optional<Offset> cut;
        if (!log.empty() && random.chance(1, 3)) {
          cut = Offset(static_cast<std::int64_t>(random.below(log.size())));
          log.resize(static_cast<std::size_t>(cut->value()));
        }
        for (auto count = random.below(4); count > 0; --count) log.push_back(step);
        disks.push_back(log);
        asked = saves.add(Offset(static_cast<std::int64_t>(log.size())), cut, false, kStart);
      } else if (asked > saves.saved()) {
        const auto number = saves.saved() + 1 + random.below(asked - saves.saved());
        saves.on_saved(number);
        durable = disks[number - 1];
      }
      // Durable is what the disk and the replica have in common.
      std::size_t common = 0;
      while (common < durable.size() && common < log.size() && durable[common] == log[common])
        ++common;
      const auto end = static_cast<std::size_t>(saves.durable_end().value());
      REQUIRE(end <= common);
      if (saves.idle()) REQUIRE(end == log.size());
    }
  }
}

}  // namespace
}  // namespace millrace::raft
