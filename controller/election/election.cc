#include "controller/election/election.h"

#include <algorithm>

#include "controller/planted.h"

namespace millrace::controller {
namespace {

bool in_isr(const Partition& partition, NodeId id) {
  return std::find(partition.isr.begin(), partition.isr.end(), id) != partition.isr.end();
}

/// `after` with the epochs that a change of `before` needs.
std::optional<Partition> changed(const Partition& before, Partition after) {
  if (after == before) return std::nullopt;
  after.partition_epoch = PartitionEpoch(before.partition_epoch.value() + 1);
  if (after.leader != before.leader && !planted(Bug::kLeaderEpochKept)) {
    after.leader_epoch = LeaderEpoch(before.leader_epoch.value() + 1);
  }
  return after;
}

/// Lets the living member that leads go on, or elects.
void elect(Partition& partition, const IsAlive& is_alive) {
  if (in_isr(partition, partition.leader) && is_alive(partition.leader)) return;
  partition.leader = preferred_leader(partition, is_alive);
}

}  // namespace

NodeId preferred_leader(const Partition& partition, const IsAlive& is_alive) {
  for (const auto id : partition.replicas) {
    if (is_alive(id) && in_isr(partition, id)) return id;
  }
  return kNoNode;
}

std::optional<Partition> elected(const Partition& partition, const IsAlive& is_alive) {
  const bool settled = in_isr(partition, partition.leader) &&
                       std::all_of(partition.isr.begin(), partition.isr.end(), is_alive);
  if (settled) return std::nullopt;  // most are, and a copy costs more than a look
  auto after = partition;
  const auto dead = [&](NodeId id) { return !is_alive(id); };
  after.isr.erase(std::remove_if(after.isr.begin(), after.isr.end(), dead), after.isr.end());
  if (after.isr.empty() && !partition.isr.empty()) {
    after.isr.push_back(in_isr(partition, partition.leader) ? partition.leader
                                                            : partition.isr.front());
  }
  elect(after, is_alive);
  return changed(partition, std::move(after));
}

std::optional<Partition> without(const Partition& partition, NodeId replica, DirectoryId directory,
                                 const IsAlive& is_alive) {
  auto after = partition;
  after.isr.erase(std::remove(after.isr.begin(), after.isr.end(), replica), after.isr.end());
  for (std::size_t i = 0; i < after.replicas.size() && i < after.directories.size(); ++i) {
    if (after.replicas[i] == replica) after.directories[i] = directory;
  }
  elect(after, is_alive);
  return changed(partition, std::move(after));
}

std::optional<Partition> handed_over(const Partition& partition, NodeId leader,
                                     const IsAlive& is_alive) {
  if (partition.leader != leader) return std::nullopt;
  const auto next =
      preferred_leader(partition, [&](NodeId id) { return id != leader && is_alive(id); });
  if (next == kNoNode) return std::nullopt;
  auto after = partition;
  after.leader = next;
  return changed(partition, std::move(after));
}

}  // namespace millrace::controller
