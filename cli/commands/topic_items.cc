#include "cli/commands/topic_items.h"

#include <algorithm>

namespace millrace::cli {
namespace {

Json ids(const std::vector<NodeId>& nodes) {
  Json list = Json::array();
  for (const auto node : nodes) list.push_back(node.value());
  return list;
}

// Topics may have partitions with different numbers of replicas while they are being moved.
std::size_t replication_factor(const MetadataTopic& topic) {
  std::size_t highest = 0;
  for (const auto& partition : topic.partitions) {
    highest = std::max(highest, partition.replica_nodes.size());
  }
  return highest;
}

}  // namespace

std::vector<Field> partition_fields() {
  return {
      {"partition", FieldType::kInteger, "number of the partition"},
      {"leader_id", FieldType::kInteger, "node that leads it; null when nobody does", true},
      {"leader_epoch", FieldType::kInteger, "counts its leaders; null from old clusters", true},
      {"replicas", FieldType::kIntegers, "nodes that hold it, the preferred leader first"},
      {"isr", FieldType::kIntegers, "replicas in sync with the leader"},
      {"offline_replicas", FieldType::kIntegers, "replicas whose node or disk is down"},
  };
}

Json partition_json(const MetadataPartition& partition) {
  const bool led = partition.leader_id != kNoNode;
  const bool has_epoch = partition.leader_epoch != kNoLeaderEpoch;
  return {
      {"partition", partition.partition_index.value()},
      {"leader_id", led ? Json(partition.leader_id.value()) : Json()},
      {"leader_epoch", has_epoch ? Json(partition.leader_epoch.value()) : Json()},
      {"replicas", ids(partition.replica_nodes)},
      {"isr", ids(partition.isr_nodes)},
      {"offline_replicas", ids(partition.offline_replicas)},
  };
}

std::vector<Field> topic_fields() {
  return {
      {"name", FieldType::kString, "name of the topic"},
      {"topic_id", FieldType::kString, "its id, never used again; null from old clusters", true},
      {"internal", FieldType::kBoolean, "whether it belongs to the cluster itself"},
      {"partition_count", FieldType::kInteger, "number of partitions"},
      {"replication_factor", FieldType::kInteger, "replicas of each partition"},
      {"partitions", FieldType::kObjects, "its partitions", false, partition_fields()},
  };
}

Json topic_json(const MetadataTopic& topic) {
  Json partitions = Json::array();
  for (const auto& partition : topic.partitions) partitions.push_back(partition_json(partition));
  return {
      {"name", topic.name.value_or("")},
      {"topic_id", topic.topic_id.is_zero() ? Json() : Json(topic.topic_id.to_string())},
      {"internal", topic.is_internal},
      {"partition_count", topic.partitions.size()},
      {"replication_factor", replication_factor(topic)},
      {"partitions", std::move(partitions)},
  };
}

void sort_topics(std::vector<MetadataTopic>& topics) {
  std::sort(topics.begin(), topics.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  for (auto& topic : topics) {
    std::sort(topic.partitions.begin(), topic.partitions.end(),
              [](const auto& a, const auto& b) { return a.partition_index < b.partition_index; });
  }
}

}  // namespace millrace::cli
