#include <algorithm>

#include "tests/unit/controller/ops/three_brokers.h"

namespace millrace::controller {

TEST_CASE("a registration ends what the old incarnation led") {
  ThreeBrokers f;
  const auto result = f.run(RegisterBroker{kCluster, broker(1, 1)});  // not heard of: it restarted
  REQUIRE(!result.error);
  REQUIRE(f.entries == 1);
  REQUIRE(f.fenced(1));
  REQUIRE(f.state(0).leader == NodeId(2));
  REQUIRE(f.state(0).isr == nodes({2, 3}));
  REQUIRE(f.controller.committed()->broker(NodeId(1))->peer->port == 9093);
  // Its answer was lost: the same again changes nothing.
  REQUIRE(f.run(RegisterBroker{kCluster, broker(1, 1)}).broker_epoch == result.broker_epoch);
  REQUIRE(f.entries == 1);
  require_refused(f.run(UnfenceBroker{NodeId(1), broker(1).incarnation}),
                  ErrorCode::kInvalidRequest, "register it again");
}

TEST_CASE("registrations that cannot be true are refused in a sentence") {
  ThreeBrokers f;
  require_refused(f.run(RegisterBroker{Uuid({8}), broker(1, 1)}), ErrorCode::kInvalidRequest,
                  "point it at its own cluster");
  auto twin = broker(4);
  twin.directory = directory(2);
  require_refused(f.run(RegisterBroker{kCluster, twin}), ErrorCode::kAlreadyExists,
                  "belongs to node 2");
  auto newer = broker(4);
  newer.versions = {2, 3};
  require_refused(f.run(RegisterBroker{kCluster, newer}), ErrorCode::kUnsupportedVersion,
                  "supports millrace.version 2 to 3, the cluster is at 1");
  newer.versions = {3, 2};
  require_refused(f.run(RegisterBroker{kCluster, newer}), ErrorCode::kInvalidRequest, "3 to 2");
  auto negative = broker(-1);
  require_refused(f.run(RegisterBroker{kCluster, negative}), ErrorCode::kInvalidRequest, "-1");
  f.beat(2);
  auto elsewhere = broker(2, 1);
  elsewhere.directory = directory(60);
  require_refused(f.run(RegisterBroker{kCluster, elsewhere}), ErrorCode::kAlreadyExists,
                  "stop it, or give this one another node.id");
  f.pass(kSession, {1, 3});
  REQUIRE(!f.run(RegisterBroker{kCluster, elsewhere}).error);
}

TEST_CASE("the next process on the same directory need not wait for the session of the last") {
  ThreeBrokers f;
  f.beat(2);
  REQUIRE(!f.run(RegisterBroker{kCluster, broker(2, 1)}).error);
  REQUIRE(f.controller.committed()->broker(NodeId(2))->fenced);
}

TEST_CASE("a record that could not be applied is never made of a registration") {
  ThreeBrokers f;
  auto odd = broker(4);
  odd.since = Offset(5);
  REQUIRE(!f.run(RegisterBroker{kCluster, odd}).error);
}

TEST_CASE("what a broker lost it is not in sync with") {
  ThreeBrokers f;
  f.run(RegisterBroker{kCluster, broker(1, 1), {partition(0), partition(77)}});
  REQUIRE(f.state(0).isr == nodes({2, 3}));
  f.pass(kSession, {});
  REQUIRE(f.state(0).isr == nodes({2}));
  REQUIRE(!f.run(RegisterBroker{kCluster, broker(2, 1), {partition(0)}}).error);
  REQUIRE(f.state(0).isr.empty());
  f.run(UnfenceBroker{NodeId(2), broker(2, 1).incarnation});
  REQUIRE(f.state(0).leader == kNoNode);
  REQUIRE(f.state(1).leader == NodeId(2));
}

TEST_CASE("another directory has nothing of what the old one had") {
  ThreeBrokers f;
  auto moved = broker(1, 1);
  moved.directory = directory(50);
  f.run(RegisterBroker{kCluster, moved});
  for (std::int32_t i = 0; i < 3; ++i) {
    const auto& state = f.state(i);
    REQUIRE(std::count(state.isr.begin(), state.isr.end(), NodeId(1)) == 0);
    REQUIRE(std::count(state.directories.begin(), state.directories.end(), directory(50)) == 1);
  }
}

TEST_CASE("brokers are unregistered when they are stopped and hold nothing") {
  ThreeBrokers f;
  require_refused(f.run(UnregisterBroker{NodeId(1)}), ErrorCode::kInvalidRequest, "stop it first");
  f.pass(kSession, {2, 3});
  require_refused(f.run(UnregisterBroker{NodeId(1)}), ErrorCode::kInvalidRequest,
                  "holds replicas of 3 partitions; move them");
  f.run(DeleteTopics{{{"t", {}}}});
  REQUIRE(!f.run(UnregisterBroker{NodeId(1)}).error);
  REQUIRE(f.controller.committed()->broker(NodeId(1)) == nullptr);
  require_refused(f.run(UnregisterBroker{NodeId(1)}), ErrorCode::kNotFound, "no broker 1");
  require_refused(f.run(BrokerHeartbeat{NodeId(1), BrokerEpoch(0), Offset(0)}),
                  ErrorCode::kInvalidRequest, "register it again");
}

TEST_CASE("a cluster is formed with the version that its log needs") {
  Controller controller(MetadataImage::empty(), Settings(), Random(1));
  controller.become_active({});
  controller.step(1, {FormCluster{kCluster}}, {});
  REQUIRE(controller.speculative()->features().at("millrace.version") == 1);
  const auto again = controller.step(2, {UpdateFeatures{{{"millrace.version", 1}}}}, {});
  REQUIRE(!again.append.has_value());
}

}  // namespace millrace::controller
