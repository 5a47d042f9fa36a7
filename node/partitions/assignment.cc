#include "node/partitions/assignment.h"

#include <algorithm>

namespace millrace::node {

std::vector<storage::AssignedPartition> assigned_partitions(const controller::MetadataImage& image,
                                                            NodeId node, Offset from) {
  std::vector<storage::AssignedPartition> assigned;
  for (const auto* topic : image.topics()) {
    // Partitions are only ever added behind the others.
    if (topic->partitions_created_at.empty() || topic->partitions_created_at.back() < from)
      continue;
    for (std::size_t i = 0; i < topic->partitions.size(); ++i) {
      const auto created_at = topic->partitions_created_at[i];
      const auto& replicas = topic->partitions[i].replicas;
      if (created_at < from || std::count(replicas.begin(), replicas.end(), node) == 0) continue;
      assigned.push_back({{topic->id, PartitionIndex(static_cast<std::int32_t>(i))},
                          topic->name,
                          created_at.value()});
    }
  }
  return assigned;
}

}  // namespace millrace::node
