
#include "controller/ops/fencing.h"
#include "tests/unit/controller/ops/three_brokers.h"

namespace millrace::controller {

TEST_CASE("a silent broker is fenced when its session ends, in one transaction") {
  ThreeBrokers f;
  f.pass(kSession - std::chrono::milliseconds(500), {2, 3});
  REQUIRE(!f.fenced(1));
  REQUIRE(f.state(0).leader == NodeId(1));
  f.pass(std::chrono::milliseconds(500), {2, 3});
  REQUIRE(f.fenced(1));
  REQUIRE(f.state(0).leader == NodeId(2));
  REQUIRE(f.state(0).isr == nodes({2, 3}));
  REQUIRE(f.state(0).leader_epoch == LeaderEpoch(1));
  REQUIRE(f.state(1).leader == NodeId(2));
  REQUIRE(f.state(1).leader_epoch == LeaderEpoch(0));
  REQUIRE(f.controller.committed()->end_offset() == Offset(2));  // one entry after the image
  REQUIRE(f.controller.timed_out_heartbeats() == 1);
}

TEST_CASE("when all are gone the last of the ISR is kept, and leads when it is back") {
  ThreeBrokers f;
  f.pass(kSession, {});
  for (std::int32_t i = 0; i < 3; ++i) {
    REQUIRE(f.fenced(i + 1));
    REQUIRE(f.state(i).isr == nodes({i + 1}));
    REQUIRE(f.state(i).leader == kNoNode);
  }
  REQUIRE(!f.run(UnfenceBroker{NodeId(1), broker(1).incarnation}).error);
  REQUIRE(f.state(0).leader == NodeId(1));
  REQUIRE(f.state(1).leader == kNoNode);
  REQUIRE(f.beat(2).is_fenced);
  REQUIRE(f.fenced(2));  // a heartbeat does not unfence
}

TEST_CASE("a proven death is acted upon at once, for one rack") {
  ThreeBrokers f;
  REQUIRE(!f.run(ReportBrokerDeath{NodeId(1), broker(1, 5).incarnation}).is_fenced);
  REQUIRE(f.run(ReportBrokerDeath{NodeId(1), broker(1).incarnation}).is_fenced);
  REQUIRE(f.state(0).leader == NodeId(2));
  REQUIRE(!f.run(ReportBrokerDeath{NodeId(2), broker(2).incarnation}).is_fenced);
  require_refused(f.run(ReportBrokerDeath{NodeId(9), {}}), ErrorCode::kNotFound, "broker 9");
  Settings off;
  REQUIRE_OK(off.set("millrace.fast.fence.enable", "false"));
  ThreeBrokers careful(off);
  REQUIRE(!careful.run(ReportBrokerDeath{NodeId(1), broker(1).incarnation}).is_fenced);
}

TEST_CASE("a broker that would stop hands over and is fenced with the last move") {
  ThreeBrokers f;
  const auto result = f.beat(1, true);
  REQUIRE(result.may_shut_down);
  REQUIRE(f.entries == 1);
  REQUIRE(f.fenced(1));
  REQUIRE(f.state(0).leader == NodeId(2));
  REQUIRE(f.beat(1, true).may_shut_down);
  REQUIRE(f.entries == 1);
}

TEST_CASE("many leaderships are handed over in batches") {
  constexpr auto kPartitions = static_cast<std::int32_t>(3 * (kHandOverMax + 5));
  ThreeBrokers f({}, kPartitions);
  const auto led = [&] {
    std::size_t count = 0;
    for (std::int32_t i = 0; i < kPartitions; ++i) count += f.state(i).leader == NodeId(1) ? 1 : 0;
    return count;
  };
  auto result = f.beat(1, true);
  REQUIRE(!result.may_shut_down);
  REQUIRE(!result.is_fenced);
  REQUIRE(led() == 5);
  REQUIRE(*f.controller.next_deadline() == f.now + kHandOverPause);
  f.now += kHandOverPause;
  REQUIRE(f.tick());
  REQUIRE(led() == 0);
  REQUIRE(f.fenced(1));
  REQUIRE(f.beat(1, true).may_shut_down);
  REQUIRE(!f.tick());
  REQUIRE(f.controller.timed_out_heartbeats() == 0);  // it was not silent
}

TEST_CASE("what only the leaving broker has does not hold it back") {
  ThreeBrokers f;
  f.pass(kSession, {1});  // alone in every ISR that it led
  REQUIRE(f.beat(1, true).may_shut_down);
  REQUIRE(f.state(0).isr == nodes({1}));
  REQUIRE(f.state(0).leader == kNoNode);
}

TEST_CASE("a new leader of the quorum grants everybody a full session") {
  ThreeBrokers f;
  f.pass(std::chrono::milliseconds(2500), {});
  REQUIRE(f.controller.resign().empty());
  f.controller.become_active(f.now);
  f.pass(std::chrono::milliseconds(2500), {});
  REQUIRE(!f.fenced(1));
  f.pass(std::chrono::milliseconds(500), {});
  REQUIRE(f.fenced(1));
}

}  // namespace millrace::controller
