#pragma once

#include <cstdint>
#include <vector>

#include "base/ids.h"

namespace millrace::broker {

/// What committed metadata says of one partition.
struct PartitionRole {
  NodeId leader = kNoNode;
  LeaderEpoch leader_epoch = kNoLeaderEpoch;
  PartitionEpoch partition_epoch;
  std::vector<NodeId> replicas;
  std::vector<NodeId> isr;
  std::int32_t min_insync_replicas = 1;

  friend bool operator==(const PartitionRole&, const PartitionRole&) = default;
};

}  // namespace millrace::broker
