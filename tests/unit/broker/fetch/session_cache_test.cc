#include "broker/fetch/session_cache.h"

#include "tests/support/catch.h"

namespace millrace::broker {
namespace {

using std::chrono::seconds;

constexpr std::chrono::seconds kIdle{120};

std::vector<SessionPartition> partitions(std::int32_t count) {
  std::vector<SessionPartition> made;
  for (std::int32_t index = 0; index < count; ++index) {
    made.emplace_back().key = {"t", {}, PartitionIndex(index)};
  }
  return made;
}

MonotonicTime at(std::int64_t second) {
  return MonotonicTime(seconds(1'000 + second));
}

FetchSession* open(SessionCache& cache, std::int32_t count, std::int64_t second) {
  return cache.open(false, partitions(count), at(second), at(second) - kIdle);
}

TEST_CASE("session cache: full of busy sessions there is no new one") {
  SessionCache cache(Random(1), 2, 100);
  const FetchSession* const first = open(cache, 1, 0);
  const FetchSession* const second = open(cache, 1, 1);
  REQUIRE(first->id() != second->id());
  REQUIRE(open(cache, 1, 119) == nullptr);
  REQUIRE(cache.size() == 2);
  REQUIRE(cache.evictions() == 0);
}

TEST_CASE("session cache: who was silent longest gives way") {
  SessionCache cache(Random(1), 2, 100);
  const std::int32_t first = open(cache, 1, 0)->id();
  const std::int32_t second = open(cache, 1, 1)->id();
  REQUIRE_OK(cache.resume(first, 1, false, at(60)));
  const FetchSession* const third = open(cache, 1, 121);
  REQUIRE(third != nullptr);
  REQUIRE(cache.find(second) == nullptr);
  REQUIRE(cache.find(first) != nullptr);
  REQUIRE(cache.evictions() == 1);
  REQUIRE(open(cache, 1, 122) == nullptr);  // the first was used at 60
}

TEST_CASE("session cache: partitions of all sessions have a limit") {
  SessionCache cache(Random(1), 10, 5);
  REQUIRE(open(cache, 6, 0) == nullptr);
  FetchSession* const session = open(cache, 4, 0);
  REQUIRE(session != nullptr);
  REQUIRE(open(cache, 2, 1) == nullptr);
  REQUIRE(cache.partition_count() == 4);
  const auto more = partitions(6);
  REQUIRE(cache.put(*session, more[4]));
  REQUIRE(cache.put(*session, more[0]));  // is there already
  REQUIRE(cache.partition_count() == 5);
  cache.remove(*session, more[0].key);
  cache.remove(*session, more[0].key);
  REQUIRE(cache.partition_count() == 4);
  REQUIRE(cache.put(*session, more[0]));
  const std::int32_t id = session->id();
  REQUIRE_FALSE(cache.put(*session, more[5]));
  REQUIRE(cache.find(id) == nullptr);  // it grew too large and is gone
  REQUIRE(cache.partition_count() == 0);
}

TEST_CASE("session cache: epochs follow each other") {
  SessionCache cache(Random(1), 2, 100);
  const std::int32_t id = open(cache, 1, 0)->id();
  REQUIRE_OK(cache.resume(id, 1, false, at(1)));
  REQUIRE_ERROR(cache.resume(id, 1, false, at(1)), ErrorCode::kInvalidFetchSessionEpoch);
  REQUIRE_ERROR(cache.resume(id, 3, false, at(1)), ErrorCode::kInvalidFetchSessionEpoch);
  REQUIRE_ERROR(cache.resume(id, 2, true, at(1)), ErrorCode::kFetchSessionTopicIdError);
  REQUIRE_OK(cache.resume(id, 2, false, at(1)));
  cache.close(id);
  cache.close(id);
  REQUIRE_ERROR(cache.resume(id, 3, false, at(1)), ErrorCode::kFetchSessionIdNotFound);
  REQUIRE(cache.partition_count() == 0);
}

TEST_CASE("session: what was told is no news, and who got records goes last") {
  FetchSession session(1, false);
  const auto all = partitions(2);
  for (const auto& one : all) session.put(one);
  const SessionKey& key = all[0].key;
  REQUIRE(session.note_answer(key, Offset(5), Offset(0), false, false));
  REQUIRE_FALSE(session.note_answer(key, Offset(5), Offset(0), false, false));
  REQUIRE(session.note_answer(key, Offset(5), Offset(1), false, false));
  REQUIRE(session.note_answer(key, Offset(6), Offset(1), false, false));
  REQUIRE(session.partitions().front().key == key);
  REQUIRE(session.note_answer(key, Offset(6), Offset(1), false, true));
  REQUIRE(session.partitions().back().key == key);
  REQUIRE(session.note_answer(key, kNoOffset, kNoOffset, true, false));
  REQUIRE(session.note_answer(key, kNoOffset, kNoOffset, true, false));
  REQUIRE(session.note_answer(key, Offset(6), Offset(1), false, false));
}

}  // namespace
}  // namespace millrace::broker
