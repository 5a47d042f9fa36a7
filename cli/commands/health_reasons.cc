#include "cli/commands/health_reasons.h"

#include <fmt/format.h>

#include "cli/text/duration.h"

namespace millrace::cli {
namespace {

// Partitions named in one sentence; there may be thousands.
constexpr std::size_t kPartitionsNamedMax = 5;

std::string partition_list(const std::vector<std::int32_t>& partitions) {
  std::string text = partitions.size() == 1 ? "partition " : "partitions ";
  for (std::size_t i = 0; i < partitions.size() && i < kPartitionsNamedMax; ++i) {
    text += fmt::format("{}{}", i == 0 ? "" : ", ", partitions[i]);
  }
  if (partitions.size() > kPartitionsNamedMax) {
    text += fmt::format(" and {} more", partitions.size() - kPartitionsNamedMax);
  }
  return text;
}

const char* have(const std::vector<std::int32_t>& partitions) {
  return partitions.size() == 1 ? "has" : "have";
}

std::string silence(const QuorumReplica& voter) {
  if (!voter.last_fetch_ms_ago) return "was never heard of by the quorum's leader";
  return fmt::format("was last heard of {} ago",
                     duration_text(std::chrono::milliseconds(*voter.last_fetch_ms_ago)));
}

}  // namespace

HealthReason no_quorum_leader() {
  return {
      "no_quorum_leader", "quorum",
      "the metadata quorum has no leader, so that nothing can be changed; start the voters that "
      "are down, or see whether they reach each other"};
}

HealthReasons missing_voters(const QuorumView& quorum) {
  HealthReasons reasons;
  if (!quorum.tells_times) return reasons;
  for (const auto& voter : quorum.voters) {
    if (!voter.is_silent()) continue;
    const auto id = to_string(voter.node);
    reasons.push_back({"voter_missing", "node " + id,
                       fmt::format("voter {} {}; start node {}, see whether it reaches node {}, or "
                                   "replace it with millrace quorum add-voter and remove-voter",
                                   id, silence(voter), id, to_string(quorum.leader))});
  }
  return reasons;
}

HealthReasons fenced_brokers(const std::vector<NodeView>& nodes) {
  HealthReasons reasons;
  for (const auto& node : nodes) {
    if (!node.fenced.value_or(false)) continue;
    const auto id = to_string(node.id);
    reasons.push_back(
        {"broker_fenced", "node " + id,
         fmt::format("node {} is registered and fenced: it leads nothing; start it, or "
                     "wait until it has recovered its partitions",
                     id)});
  }
  return reasons;
}

HealthReasons leaderless_topics(const std::vector<MetadataTopic>& topics) {
  HealthReasons reasons;
  for (const auto& topic : topics) {
    std::vector<std::int32_t> partitions;
    for (const auto& partition : topic.partitions) {
      if (partition.leader_id == kNoNode) partitions.push_back(partition.partition_index.value());
    }
    if (partitions.empty()) continue;
    const auto name = topic.name.value_or("");
    reasons.push_back(
        {"no_leader", "topic " + name,
         fmt::format("{} of {} {} no leader and can be neither written nor read; start "
                     "the nodes that hold it, which millrace topic describe {} shows",
                     partition_list(partitions), name, have(partitions), name)});
  }
  return reasons;
}

HealthReasons topics_without_margin(const std::vector<MetadataTopic>& topics,
                                    const std::map<std::string, TopicConfigs>& configs) {
  HealthReasons reasons;
  for (const auto& topic : topics) {
    const auto name = topic.name.value_or("");
    const auto found = configs.find(name);
    if (found == configs.end()) continue;
    const auto min_isr = static_cast<std::size_t>(found->second.min_insync_replicas);
    std::vector<std::int32_t> partitions;
    for (const auto& partition : topic.partitions) {
      const bool led = partition.leader_id != kNoNode;
      if (led && partition.replica_nodes.size() > min_isr &&
          partition.isr_nodes.size() <= min_isr) {
        partitions.push_back(partition.partition_index.value());
      }
    }
    if (partitions.empty()) continue;
    reasons.push_back(
        {"no_margin", "topic " + name,
         fmt::format("{} of {} {} no replica to lose: with min.insync.replicas={} as many or fewer "
                     "are in sync; bring back the others, which millrace topic describe {} shows",
                     partition_list(partitions), name, have(partitions), min_isr, name)});
  }
  return reasons;
}

}  // namespace millrace::cli
