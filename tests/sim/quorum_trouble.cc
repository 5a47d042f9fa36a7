#include <fmt/format.h>

#include <algorithm>

#include "tests/sim/quorum_world.h"

namespace millrace::sim {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// A save of a slow disk; above the time after which a leader gives up.
constexpr Duration kSlowSave = milliseconds(3'000);
/// A node that went down comes back within this.
constexpr Duration kDownMax = seconds(5);

}  // namespace

void QuorumWorld::on_fault() {
  if (!trouble_) return;
  post(Duration(random_.between(1, 2 * plan_.fault_interval.count())), What::kFault);
  ++summary_.faults;
  auto node = nodes_.begin();
  std::advance(node, static_cast<std::ptrdiff_t>(random_.below(nodes_.size())));
  // Trouble prefers leaders.
  if (const Node* leader = some_leader(); leader != nullptr && random_.chance(1, 3))
    node = nodes_.find(leader->self.id.value());
  const auto id = node->first;
  switch (random_.below(10)) {
    case 0:
      if (plan_.crashes) leave_or_crash(node->second);
      break;
    case 1:
      if (!plan_.power_cuts || !random_.chance(1, 4)) break;
      for (auto& [each, other] : nodes_) crash_for_a_while(other);
      break;
    case 2:
      if (plan_.pauses) node->second.paused_until = now_ + milliseconds(random_.between(50, 4'000));
      break;
    case 3:
      if (plan_.cuts) cut_something();
      break;
    case 4:
      network_.heal();
      break;
    case 5:
      change_network();
      break;
    case 6:
      if (plan_.slow_disks)
        node->second.save_max = random_.chance(1, 2) ? kSlowSave : plan_.save_max;
      break;
    case 7:
      if (plan_.bad_clocks) change_clocks(node->second);
      break;
    case 8:
      if (Node* leader = some_leader(); plan_.transfers && leader != nullptr) {
        if (leader->core->transfer(NodeId(id), local_time(*leader))) settle(*leader);
      }
      break;
    default:
      if (plan_.new_disks && random_.chance(1, 3)) lose_a_disk();
  }
}

void QuorumWorld::crash_for_a_while(Node& node) {
  if (node.core) report_death(node);
  crash(node);
  post(Duration(random_.between(0, kDownMax.count())), What::kRestart, node.self.id.value());
}

/// One that leaves in order stops when it may, unless something else ends it first.
void QuorumWorld::leave_or_crash(Node& node) {
  if (node.core && plan_.leaves && random_.chance(1, 2)) return node.process->broker.leave();
  crash_for_a_while(node);
}

/// A node is cut off, in one direction or both, or the nodes fall into two parts.
void QuorumWorld::cut_something() {
  const auto kind = random_.below(4);
  const auto last = static_cast<std::uint64_t>(nodes_.size());
  const NodeId one(static_cast<std::int32_t>(1 + random_.below(last)));
  for (const auto& [from, a] : nodes_) {
    for (const auto& [to, b] : nodes_) {
      if (from == to) continue;
      const bool hears = kind == 0 && NodeId(to) == one;
      const bool speaks = kind == 1 && NodeId(from) == one;
      const bool either = kind == 2 && (NodeId(from) == one || NodeId(to) == one);
      const bool parts = kind == 3 && (NodeId(from) <= one) != (NodeId(to) <= one);
      if (hears || speaks || either || parts) network_.cut(NodeId(from), NodeId(to));
    }
  }
}

/// One clock goes wrong, or one is slow while all others are fast.
void QuorumWorld::change_clocks(Node& node) {
  const bool against_one = random_.chance(1, 2);
  for (auto& [id, other] : nodes_) {
    if (against_one) set_clock(other, 2000);
  }
  set_clock(node, against_one ? 500 : static_cast<std::uint32_t>(random_.between(500, 2000)));
}

void QuorumWorld::change_network() {
  if (!plan_.bad_network) return;
  Network::Quality quality;
  quality.delay_max = milliseconds(random_.between(1, 60));
  quality.lost = static_cast<std::uint32_t>(random_.below(2) * random_.below(200));
  quality.doubled = static_cast<std::uint32_t>(random_.below(2) * random_.below(200));
  quality.late = static_cast<std::uint32_t>(random_.below(2) * random_.below(50));
  quality.flipped = static_cast<std::uint32_t>(random_.below(2) * random_.below(300));
  network_.set_quality(quality);
}

/// Whether in every set of voters that anybody knows a majority keeps its disk.
bool QuorumWorld::may_lose(const Node& node) const {
  for (const auto& [id, other] : nodes_) {
    const auto found = other.disk.model().found();
    std::vector<raft::VoterSet> sets{found.log.voters.latest(),
                                     found.log.voters.at(found.log.start.end)};
    if (other.core) sets.push_back(other.core->voters());
    for (const auto& set : sets) {
      std::size_t lost = 0;
      for (const auto& voter : set) lost += voter == node.self || !disks_.contains(voter) ? 1 : 0;
      if (lost > 0 && set.size() - lost < set.majority()) return false;
    }
  }
  return true;
}

void QuorumWorld::lose_a_disk() {
  auto chosen = nodes_.begin();
  std::advance(chosen, static_cast<std::ptrdiff_t>(random_.below(nodes_.size())));
  Node& node = chosen->second;
  if (!may_lose(node)) return;
  crash_for_a_while(node);
  give_new_disk(node);
}

}  // namespace millrace::sim
