#include "controller/placement/placement.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "controller/placement/spread.h"

namespace millrace::controller {
namespace {

constexpr const char* kOneReplica = "replication does not exist yet: only one replica is possible";

/// The brokers that serve, with what they have of the topic.
std::vector<Candidate> candidates_for(const MetadataImage& image, const Topic* topic) {
  std::map<NodeId, Candidate> candidates;
  for (const auto& [id, broker] : image.brokers()) {
    if (!broker.fenced) candidates.emplace(id, Candidate{id, broker.rack});
  }
  const auto count = [&](NodeId id, std::size_t Candidate::* what) {
    if (const auto found = candidates.find(id); found != candidates.end()) ++(found->second.*what);
  };
  for (std::size_t i = 0; topic != nullptr && i < topic->partitions.size(); ++i) {
    const auto& replicas = topic->partitions[i].replicas;
    if (!replicas.empty()) count(replicas.front(), &Candidate::leaders);
    for (const auto id : replicas) count(id, &Candidate::replicas);
  }
  std::vector<Candidate> result;
  for (auto& [id, candidate] : candidates) result.push_back(std::move(candidate));
  return result;
}

}  // namespace

Result<std::vector<std::vector<NodeId>>> place(const MetadataImage& image, const Topic* topic,
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
  auto candidates = candidates_for(image, topic);
  if (candidates.empty()) {
    return fail(ErrorCode::kInvalidReplicationFactor, "no broker is ready yet; try again");
  }
  return spread(std::move(candidates), image.partition_count(), static_cast<std::size_t>(count),
                static_cast<std::size_t>(replication_factor));
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
  const auto serves = [&](NodeId id) {
    const auto* broker = image.broker(id);
    return broker != nullptr && !broker->fenced;
  };
  for (const auto id : replicas) {
    const auto* broker = image.broker(id);
    partition.directories.push_back(broker == nullptr ? DirectoryId() : broker->directory);
    if (serves(id)) partition.isr.push_back(id);
  }
  // Fenced brokers lead only when they serve again, and are in sync only alone.
  partition.leader = partition.isr.empty() ? kNoNode : partition.isr.front();
  if (partition.isr.empty()) partition.isr.push_back(replicas.front());
  partition.replicas = std::move(replicas);
  return partition;
}

}  // namespace millrace::controller
