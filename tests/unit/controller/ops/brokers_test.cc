#include <algorithm>

#include "controller/controller.h"
#include "controller/metadata/apply.h"
#include "controller/ops/fencing.h"
#include "tests/support/catch.h"

/// Registration, sessions, controlled shutdown: three brokers with replicas on each other, which no
/// command makes yet.
namespace millrace::controller {
namespace {

constexpr Duration kSession = std::chrono::seconds(3);
const Uuid kCluster{{1}};

DirectoryId directory(std::int32_t number) {
  return DirectoryId(Uuid({static_cast<std::uint8_t>(number)}));
}
BrokerRecord broker(std::int32_t number, std::uint8_t incarnation = 0) {
  BrokerRecord record;
  record.id = NodeId(number);
  record.rack = "az-" + std::to_string(number);
  record.incarnation = IncarnationId(Uuid({9, static_cast<std::uint8_t>(number), incarnation}));
  record.directory = directory(number);
  record.peer = Endpoint{"CONTROLLER", "node.test", 9093};
  return record;
}
const TopicId kTopic(Uuid({7}));
TopicPartitionId partition(std::int32_t index) {
  return {kTopic, PartitionIndex(index)};
}

struct Fixture {
  explicit Fixture(const Settings& settings = {}, std::int32_t partitions = 3)
      : controller(image(partitions), settings, Random(1)) {
    controller.become_active(now);
  }

  static ImagePtr image(std::int32_t partitions) {
    MetadataTransaction records{ClusterRecord{kCluster}, TopicRecord{kTopic, "t"}};
    for (std::int32_t i = 1; i <= 3; ++i) {
      records.push_back(broker(i));
      records.push_back(BrokerFenceRecord{NodeId(i), false});
    }
    for (std::int32_t i = 0; i < partitions; ++i) {
      Partition state;
      for (std::int32_t r = 0; r < 3; ++r) {
        state.replicas.emplace_back((i + r) % 3 + 1);
        state.directories.push_back(directory((i + r) % 3 + 1));
      }
      state.isr = state.replicas;
      state.leader = state.replicas.front();
      records.push_back(PartitionRecord{partition(i), state});
    }
    return apply_records(*MetadataImage::empty(), records).value();
  }

  template <class Body>
  CommandResult run(Body body) {
    auto output = controller.step(7, Command{std::move(body)}, now);
    if (output.append) ++entries;
    auto replies = controller.on_committed(controller.speculative()->end_offset());
    return *(replies.empty() ? output.replies : replies).at(0).result;
  }
  bool tick() {
    const bool appended = controller.tick(now).append.has_value();
    controller.on_committed(controller.speculative()->end_offset());
    return appended;
  }
  /// Time passes while these brokers beat.
  void pass(Duration time, const std::vector<std::int32_t>& beating) {
    for (const auto end = now + time; now < end;) {
      now += std::chrono::milliseconds(500);
      for (const auto number : beating) beat(number);
      tick();
    }
  }
  CommandResult beat(std::int32_t number, bool wants_shutdown = false) {
    const auto epoch = controller.committed()->broker(NodeId(number))->epoch;
    return run(BrokerHeartbeat{NodeId(number), epoch, Offset(0), wants_shutdown});
  }
  [[nodiscard]] const Partition& state(std::int32_t index) const {
    return *controller.committed()->partition(partition(index));
  }
  [[nodiscard]] bool fenced(std::int32_t number) const {
    return controller.committed()->broker(NodeId(number))->fenced;
  }

  MonotonicTime now{std::chrono::seconds(100)};
  Controller controller;
  int entries = 0;
};

std::vector<NodeId> nodes(std::initializer_list<std::int32_t> numbers) {
  std::vector<NodeId> all;
  for (const auto number : numbers) all.emplace_back(number);
  return all;
}

void require_refused(const CommandResult& result, ErrorCode code, std::string_view part) {
  REQUIRE(result.error.has_value());
  INFO(result.error->message);
  REQUIRE(result.error->code == code);
  REQUIRE(result.error->message.find(part) != std::string::npos);
}

}  // namespace

TEST_CASE("a silent broker is fenced when its session ends, in one transaction") {
  Fixture f;
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
}

TEST_CASE("when all are gone the last of the ISR is kept, and leads when it is back") {
  Fixture f;
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
  Fixture f;
  REQUIRE(!f.run(ReportBrokerDeath{NodeId(1), broker(1, 5).incarnation}).is_fenced);
  REQUIRE(f.run(ReportBrokerDeath{NodeId(1), broker(1).incarnation}).is_fenced);
  REQUIRE(f.state(0).leader == NodeId(2));
  REQUIRE(!f.run(ReportBrokerDeath{NodeId(2), broker(2).incarnation}).is_fenced);
  require_refused(f.run(ReportBrokerDeath{NodeId(9), {}}), ErrorCode::kNotFound, "broker 9");
  Settings off;
  REQUIRE_OK(off.set("millrace.fast.fence.enable", "false"));
  Fixture careful(off);
  REQUIRE(!careful.run(ReportBrokerDeath{NodeId(1), broker(1).incarnation}).is_fenced);
}

TEST_CASE("a registration ends what the old incarnation led") {
  Fixture f;
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
  Fixture f;
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
  require_refused(f.run(RegisterBroker{kCluster, broker(2, 1)}), ErrorCode::kAlreadyExists,
                  "stop it, or give this one another node.id");
  f.pass(kSession, {1, 3});
  REQUIRE(!f.run(RegisterBroker{kCluster, broker(2, 1)}).error);
}

TEST_CASE("a record that could not be applied is never made of a registration") {
  Fixture f;
  auto odd = broker(4);
  odd.since = Offset(5);
  REQUIRE(!f.run(RegisterBroker{kCluster, odd}).error);
}

TEST_CASE("what a broker lost it is not in sync with") {
  Fixture f;
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
  Fixture f;
  auto moved = broker(1, 1);
  moved.directory = directory(50);
  f.run(RegisterBroker{kCluster, moved});
  for (std::int32_t i = 0; i < 3; ++i) {
    const auto& state = f.state(i);
    REQUIRE(std::count(state.isr.begin(), state.isr.end(), NodeId(1)) == 0);
    REQUIRE(std::count(state.directories.begin(), state.directories.end(), directory(50)) == 1);
  }
}

TEST_CASE("a broker that would stop hands over and is fenced with the last move") {
  Fixture f;
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
  Fixture f({}, kPartitions);
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
}

TEST_CASE("what only the leaving broker has does not hold it back") {
  Fixture f;
  f.pass(kSession, {1});  // alone in every ISR that it led
  REQUIRE(f.beat(1, true).may_shut_down);
  REQUIRE(f.state(0).isr == nodes({1}));
  REQUIRE(f.state(0).leader == kNoNode);
}

TEST_CASE("brokers are unregistered when they are stopped and hold nothing") {
  Fixture f;
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

TEST_CASE("a new leader of the quorum grants everybody a full session") {
  Fixture f;
  f.pass(std::chrono::milliseconds(2500), {});
  REQUIRE(f.controller.resign().empty());
  f.controller.become_active(f.now);
  f.pass(std::chrono::milliseconds(2500), {});
  REQUIRE(!f.fenced(1));
  f.pass(std::chrono::milliseconds(500), {});
  REQUIRE(f.fenced(1));
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
