#pragma once

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "controller/metadata/image.h"

namespace millrace::controller {

/// Replicas for `count` new partitions of `topic` (nullptr: a new one), over the brokers that
/// serve; see spread(). Errors: kInvalidReplicationFactor when the factor is not 1 (replication
/// does not exist yet) or no broker serves.
Result<std::vector<std::vector<NodeId>>> place(const MetadataImage& image, const Topic* topic,
                                               std::int32_t count, std::int32_t replication_factor);

/// Errors: kInvalidReplicaAssignment: empty, unknown or repeated brokers, more than one replica.
Status check_assignment(const MetadataImage& image, const std::vector<NodeId>& replicas);

/// A new partition led by its first replica that serves; those that do not are not in its ISR.
Partition new_partition(const MetadataImage& image, std::vector<NodeId> replicas);

}  // namespace millrace::controller
