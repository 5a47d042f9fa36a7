#include "node/quorum/commit_feed.h"

#include "base/random.h"
#include "tests/support/catch.h"

namespace millrace::node {
namespace {

raft::Entry entry(std::int64_t offset, std::int32_t term = 1) {
  return {Offset(offset), raft::Term(term), raft::LeaderChange{}};
}

raft::Save save_of(std::int64_t first, std::int64_t end, std::int32_t term = 1,
                   std::optional<Offset> truncate_to = std::nullopt) {
  raft::Save save;
  save.truncate_to = truncate_to;
  for (auto offset = first; offset < end; ++offset) save.entries.push_back(entry(offset, term));
  return save;
}

std::vector<raft::Entry> entries(std::int64_t first, std::int64_t end, std::int32_t term = 1) {
  return save_of(first, end, term).entries;
}

}  // namespace

TEST_CASE("entries leave when they are committed, each once") {
  CommitFeed feed(Offset(0), Offset(0));
  feed.on_save(save_of(0, 5));
  REQUIRE(feed.take(Offset(0)).empty());
  REQUIRE(feed.take(Offset(3)) == entries(0, 3));
  REQUIRE(feed.take(Offset(3)).empty());
  REQUIRE(feed.take(Offset(5)) == entries(3, 5));
  REQUIRE(feed.applied_end() == Offset(5));
  REQUIRE_FALSE(feed.missing(Offset(5)).has_value());
}

TEST_CASE("what was on disk before is read first") {
  CommitFeed feed(Offset(2), Offset(6));
  feed.on_save(save_of(6, 8));
  REQUIRE(feed.take(Offset(8)).empty());
  REQUIRE(feed.missing(Offset(8)) == Offset(2));
  REQUIRE(feed.take_read(entries(2, 4), Offset(8)) == entries(2, 4));
  REQUIRE(feed.missing(Offset(8)) == Offset(4));
  REQUIRE(feed.take_read(entries(4, 8), Offset(8)) == entries(4, 6));
  REQUIRE_FALSE(feed.missing(Offset(8)).has_value());
  REQUIRE(feed.take(Offset(8)) == entries(6, 8));
}

TEST_CASE("of what is read only what is committed leaves") {
  CommitFeed feed(Offset(0), Offset(9));
  REQUIRE_FALSE(feed.missing(Offset(0)).has_value());
  REQUIRE(feed.take_read(entries(0, 9), Offset(4)) == entries(0, 4));
  REQUIRE(feed.applied_end() == Offset(4));
  REQUIRE(feed.take_read({}, Offset(9)).empty());
}

TEST_CASE("entries that are replaced never leave") {
  CommitFeed feed(Offset(0), Offset(0));
  feed.on_save(save_of(0, 5));
  REQUIRE(feed.take(Offset(2)).size() == 2);
  feed.on_save(save_of(3, 6, 2, Offset(3)));
  const auto rest = feed.take(Offset(6));
  REQUIRE(rest.size() == 4);
  REQUIRE(rest[0] == entry(2));
  REQUIRE(rest[1] == entry(3, 2));
}

TEST_CASE("a cut may reach what was on disk before") {
  CommitFeed feed(Offset(1), Offset(7));
  feed.on_save(save_of(4, 6, 3, Offset(4)));
  REQUIRE(feed.missing(Offset(6)) == Offset(1));
  REQUIRE(feed.take_read(entries(1, 7), Offset(6)) == entries(1, 4));
  REQUIRE(feed.take(Offset(6)) == entries(4, 6, 3));
}

TEST_CASE("a snapshot takes the place of everything, also of a read that is under way") {
  CommitFeed feed(Offset(0), Offset(5));
  feed.on_save(save_of(5, 7));
  feed.restart_at(Offset(20));
  REQUIRE(feed.take_read(entries(0, 5), Offset(20)).empty());
  feed.on_save(save_of(20, 22));
  REQUIRE(feed.take(Offset(22)) == entries(20, 22));
}

TEST_CASE("whatever the order of saves, cuts and commits, the log arrives whole") {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    Random random(seed);
    std::vector<raft::Entry> log = entries(0, random.between(0, 10));
    CommitFeed feed(Offset(0), Offset(static_cast<std::int64_t>(log.size())));
    std::vector<raft::Entry> applied;
    std::int64_t committed = 0;
    for (std::int32_t term = 2; term < 40; ++term) {
      const auto end = static_cast<std::int64_t>(log.size());
      const auto cut = random.chance(1, 3) ? random.between(committed, end) : end;
      auto save = save_of(cut, cut + random.between(0, 4), term);
      if (cut < end) save.truncate_to = Offset(cut);
      log.resize(static_cast<std::size_t>(cut));
      log.insert(log.end(), save.entries.begin(), save.entries.end());
      feed.on_save(save);
      committed = random.between(committed, static_cast<std::int64_t>(log.size()));
      for (const auto& each : feed.take(Offset(committed))) applied.push_back(each);
      if (const auto from = feed.missing(Offset(committed)); from && random.chance(1, 2)) {
        const std::vector<raft::Entry> read(log.begin() + from->value(), log.end());
        for (const auto& each : feed.take_read(read, Offset(committed))) applied.push_back(each);
      }
    }
    while (const auto from = feed.missing(Offset(committed))) {
      const std::vector<raft::Entry> read(log.begin() + from->value(), log.end());
      for (const auto& each : feed.take_read(read, Offset(committed))) applied.push_back(each);
    }
    for (const auto& each : feed.take(Offset(committed))) applied.push_back(each);
    log.resize(static_cast<std::size_t>(committed));
    REQUIRE(applied == log);
  }
}

}  // namespace millrace::node
