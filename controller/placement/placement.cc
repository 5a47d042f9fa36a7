#include "controller/placement/placement.h"

#include <fmt/format.h>

#include <algorithm>

namespace millrace::controller {
namespace {

constexpr const char* kOneReplica = "replication does not exist yet: only one replica is possible";

}  // namespace

Result<std::vector<std::vector<NodeId>>> place(const MetadataImage& image, std::int32_t first,
                                               std::int32_t count,
                                               std::int32_t replication_factor) {
  if (replication_factor < 1) {
    return fail(ErrorCode::kInvalidReplicationFactor,
                fmt::format("replication factor {} is not at least 1", replication_factor));
  }
  if (replication_factor > 1) {
    return fail(ErrorCode::kInvalidReplicationFactor,
                fmt::format("replication factor {}: {}", replication_factor, kOneReplica));
  }
  std::vector<NodeId> serving;
  for (const auto& [id, broker] : image.brokers()) {
    if (!broker.fenced) serving.push_back(id);
  }
  if (serving.empty()) {
    return fail(ErrorCode::kInvalidReplicationFactor, "no broker is ready yet; try again");
  }
  std::vector<std::vector<NodeId>> placed;
  for (std::int32_t i = 0; i < count; ++i) {
    placed.push_back({serving[static_cast<std::size_t>(first + i) % serving.size()]});
  }
  return placed;
}

Status check_assignment(const MetadataImage& image, const std::vector<NodeId>& replicas) {
  if (replicas.empty()) {
    return fail(ErrorCode::kInvalidReplicaAssignment, "a partition without replicas");
  }
  for (auto at = replicas.begin(); at != replicas.end(); ++at) {
    if (image.broker(*at) == nullptr) {
      return fail(ErrorCode::kInvalidReplicaAssignment,
                  fmt::format("there is no broker {}", at->value()));
    }
    if (std::find(replicas.begin(), at, *at) != at) {
      return fail(ErrorCode::kInvalidReplicaAssignment,
                  fmt::format("broker {} twice in one partition", at->value()));
    }
  }
  if (replicas.size() > 1) return fail(ErrorCode::kInvalidReplicaAssignment, kOneReplica);
  return {};
}

Partition new_partition(const MetadataImage& image, std::vector<NodeId> replicas) {
  Partition partition;
  partition.leader = replicas.front();
  for (const auto id : replicas) {
    const auto* broker = image.broker(id);
    partition.directories.push_back(broker == nullptr ? DirectoryId() : broker->directory);
  }
  // A fenced broker leads only when it serves again.
  const auto* leader = image.broker(partition.leader);
  if (leader == nullptr || leader->fenced) partition.leader = kNoNode;
  partition.isr = replicas;
  partition.replicas = std::move(replicas);
  return partition;
}

}  // namespace millrace::controller
