#include "controller/liveness/liveness.h"

#include "base/random.h"
#include "tests/support/catch.h"

namespace millrace::controller {
namespace {

constexpr Duration kSession = std::chrono::seconds(3);
constexpr NodeId kOne{1};
constexpr NodeId kTwo{2};

MonotonicTime at(std::int64_t ms) {
  return MonotonicTime(std::chrono::milliseconds(ms));
}

}  // namespace

TEST_CASE("a session ends a full time after the last sign of life") {
  Liveness liveness(kSession);
  REQUIRE(!liveness.next_run());
  liveness.run(at(0));
  liveness.grant(kOne, at(0));
  REQUIRE(!liveness.is_running(kOne, at(1)));  // granted, not heard of
  REQUIRE(!liveness.is_expired(kOne, at(2999)));
  REQUIRE(liveness.is_expired(kOne, at(3000)));
  liveness.hear(kOne, at(2000));
  REQUIRE(liveness.is_running(kOne, at(4999)));
  REQUIRE(liveness.is_expired(kOne, at(5000)));
  REQUIRE(!liveness.is_running(kOne, at(5000)));
  REQUIRE(!liveness.is_expired(kTwo, at(9000)));
  liveness.forget(kOne);
  REQUIRE(!liveness.is_expired(kOne, at(9000)));
}

TEST_CASE("a stall of the controller is no silence of the brokers") {
  Liveness liveness(kSession);
  liveness.run(at(0));
  liveness.hear(kOne, at(0));
  liveness.run(at(1500));
  REQUIRE(liveness.is_running(kOne, at(1500)));
  liveness.run(at(3001));
  REQUIRE(!liveness.is_expired(kOne, at(6000)));
  REQUIRE(!liveness.is_running(kOne, at(3001)));
  REQUIRE(liveness.is_expired(kOne, at(6001)));
}

TEST_CASE("whoever sleeps until the next run is not taken to have stalled") {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    Random random(seed);
    Liveness liveness(kSession);
    auto now = at(0);
    liveness.run(now);
    const auto last_sign = at(random.between(0, 5000));
    liveness.grant(kOne, now);
    liveness.grant(kTwo, now);
    for (int i = 0; i < 40 && !liveness.is_expired(kOne, now); ++i) {
      const auto next = *liveness.next_run();
      REQUIRE(next > now);
      now = next;
      liveness.run(now);
      liveness.hear(kTwo, now);
      if (now <= last_sign) liveness.hear(kOne, now);
    }
    REQUIRE(liveness.is_expired(kOne, now));
    REQUIRE(now - last_sign <= kSession);
    REQUIRE(!liveness.is_expired(kTwo, now));
  }
}

TEST_CASE("a broker that leaves is looked at soon, until it changes its mind") {
  Liveness liveness(kSession);
  liveness.run(at(0));
  liveness.hear(kOne, at(0), true);
  REQUIRE(liveness.is_leaving(kOne));
  REQUIRE(!liveness.is_leaving(kTwo));
  REQUIRE(*liveness.next_run() == at(0) + kHandOverPause);
  liveness.hear(kOne, at(10));
  REQUIRE(!liveness.is_leaving(kOne));
}

TEST_CASE("one rack at a time is fenced at once") {
  Liveness liveness(kSession);
  REQUIRE(liveness.take_fast_fence(kOne, "az-a", at(0)));
  REQUIRE(liveness.take_fast_fence(kTwo, "az-a", at(9'000)));
  REQUIRE(!liveness.take_fast_fence(NodeId(3), "az-b", at(18'999)));
  REQUIRE(liveness.take_fast_fence(NodeId(3), "az-b", at(19'000)));
  // Unknown racks are racks of their own.
  REQUIRE(liveness.take_fast_fence(NodeId(4), "", at(30'000)));
  REQUIRE(!liveness.take_fast_fence(NodeId(5), "", at(30'001)));
}

}  // namespace millrace::controller
