#include "controller/election/election.h"

#include <algorithm>
#include <set>

#include "base/random.h"
#include "tests/support/catch.h"

namespace millrace::controller {
namespace {

using Nodes = std::vector<std::int32_t>;

std::vector<NodeId> ids(const Nodes& numbers) {
  std::vector<NodeId> nodes;
  for (const auto number : numbers) nodes.emplace_back(number);
  return nodes;
}
Partition state(const Nodes& replicas, const Nodes& isr, std::int32_t leader) {
  Partition partition;
  partition.replicas = ids(replicas);
  partition.isr = ids(isr);
  partition.leader = NodeId(leader);
  partition.leader_epoch = LeaderEpoch(7);
  partition.partition_epoch = PartitionEpoch(9);
  for (const auto number : replicas) {
    partition.directories.emplace_back(Uuid({static_cast<std::uint8_t>(number)}));
  }
  return partition;
}
IsAlive alive(const Nodes& numbers) {
  return [numbers](NodeId id) {
    return std::find(numbers.begin(), numbers.end(), id.value()) != numbers.end();
  };
}
bool holds(const std::vector<NodeId>& nodes, NodeId id) {
  return std::find(nodes.begin(), nodes.end(), id) != nodes.end();
}

}  // namespace

TEST_CASE("who leads when brokers die and return") {
  struct Row {
    Partition before;
    Nodes alive;
    Nodes isr;  // afterwards
    std::int32_t leader;
    bool changes = true;
  };
  const Row rows[] = {
      {state({1, 2, 3}, {1, 2, 3}, 1), {1, 2, 3}, {1, 2, 3}, 1, false},
      {state({1, 2, 3}, {1, 2, 3}, 2), {1, 2, 3}, {1, 2, 3}, 2, false},  // need not be preferred
      {state({1, 2, 3}, {1, 2, 3}, 1), {2, 3}, {2, 3}, 2},
      {state({1, 2, 3}, {3, 2, 1}, 1), {2, 3}, {3, 2}, 2},  // the order is the assignment's
      {state({1, 2, 3}, {1, 2, 3}, 1), {1, 3}, {1, 3}, 1},
      {state({1, 2, 3}, {1, 3}, 1), {2, 3}, {3}, 3},
      {state({1, 2, 3}, {1}, 1), {2, 3}, {1}, -1},  // never an unclean election
      {state({1, 2, 3}, {1}, -1), {2, 3}, {1}, -1, false},
      {state({1, 2, 3}, {1}, -1), {1, 2, 3}, {1}, 1},  // it is back
      {state({1, 2, 3}, {2, 1, 3}, 1), {}, {1}, -1},   // the leader knows most
      {state({1, 2, 3}, {2, 3}, -1), {}, {2}, -1},
      {state({1, 2, 3}, {}, -1), {1, 2, 3}, {}, -1, false},
  };
  for (std::size_t i = 0; i < std::size(rows); ++i) {
    INFO("row " << i);
    const auto& row = rows[i];
    const auto after = elected(row.before, alive(row.alive));
    REQUIRE(after.has_value() == row.changes);
    if (!after) continue;
    REQUIRE(after->isr == ids(row.isr));
    REQUIRE(after->leader == NodeId(row.leader));
    REQUIRE(after->partition_epoch == PartitionEpoch(10));
    const bool led_anew = after->leader != row.before.leader;
    REQUIRE(after->leader_epoch == LeaderEpoch(led_anew ? 8 : 7));
    REQUIRE(after->replicas == row.before.replicas);
  }
}

TEST_CASE("a replica that lost its records is out of the ISR even as the last") {
  const DirectoryId fresh(Uuid({99}));
  const auto one_less = without(state({1, 2}, {1, 2}, 1), NodeId(1), fresh, alive({2}));
  REQUIRE(one_less->isr == ids({2}));
  REQUIRE(one_less->leader == NodeId(2));
  REQUIRE(one_less->directories.front() == fresh);
  const auto none = without(state({1, 2}, {1}, -1), NodeId(1), fresh, alive({1, 2}));
  REQUIRE(none->isr.empty());
  REQUIRE(none->leader == kNoNode);
  REQUIRE(!without(*none, NodeId(1), fresh, alive({1, 2})));
  REQUIRE(!elected(*none, alive({1, 2})));
}

TEST_CASE("leadership is handed over to another member only") {
  const auto moved = handed_over(state({1, 2, 3}, {1, 3}, 1), NodeId(1), alive({1, 2, 3}));
  REQUIRE(moved->leader == NodeId(3));
  REQUIRE(moved->isr == ids({1, 3}));
  REQUIRE(moved->leader_epoch == LeaderEpoch(8));
  REQUIRE(!handed_over(state({1, 2}, {1}, 1), NodeId(1), alive({1, 2})));
  REQUIRE(!handed_over(state({1, 2}, {1, 2}, 1), NodeId(1), alive({1})));
  REQUIRE(!handed_over(state({1, 2}, {1, 2}, 2), NodeId(1), alive({1, 2})));
}

TEST_CASE("whatever dies and returns, only members lead and epochs grow") {
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    INFO("seed " << seed);
    Random random(seed);
    auto partition = state({1, 2, 3}, {1, 2, 3}, 1);
    std::set<NodeId> living{NodeId(1), NodeId(2), NodeId(3)};
    const auto is_alive = [&](NodeId id) { return living.count(id) != 0; };
    for (int i = 0; i < 20; ++i) {
      const NodeId id(static_cast<std::int32_t>(1 + random.below(3)));
      if (living.erase(id) == 0) living.insert(id);
      const auto before = partition;
      if (auto after = elected(before, is_alive)) partition = *after;
      REQUIRE(!partition.isr.empty());
      for (const auto member : partition.isr) {
        REQUIRE(holds(before.isr, member));
        REQUIRE((is_alive(member) || partition.isr.size() == 1));
      }
      REQUIRE((partition.leader == kNoNode) != is_alive(partition.isr.front()));
      if (partition.leader != kNoNode) REQUIRE(holds(partition.isr, partition.leader));
      REQUIRE((partition == before) == (partition.partition_epoch == before.partition_epoch));
      REQUIRE((partition.leader == before.leader) ==
              (partition.leader_epoch == before.leader_epoch));
      REQUIRE(!elected(partition, is_alive));
      // A replica caught up: its leader proposed it.
      if (partition.leader != kNoNode && is_alive(id) && !holds(partition.isr, id)) {
        partition.isr.push_back(id);
      }
    }
  }
}

}  // namespace millrace::controller
