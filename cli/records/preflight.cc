#include "cli/records/preflight.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "cli/records/property_names.h"

namespace millrace::cli {
namespace {

using kafka::KafkaError;
using kafka::MetadataResponse;

Answer<void> check_partitions_exist(const MetadataResponse::MetadataResponseTopic& topic,
                                    const std::vector<long long>& wanted) {
  const auto count = static_cast<long long>(topic.partitions.size());
  for (const auto partition : wanted) {
    if (partition < count) continue;
    const auto name = topic.name.value_or("");
    return problem({ExitCode::kFailed, "UNKNOWN_TOPIC_OR_PARTITION", name,
                    fmt::format("topic {} has no partition {}: it has {} (0 to {})", name,
                                partition, count, count - 1),
                    fmt::format("millrace topic alter {} --partitions N adds some", name)});
  }
  return {};
}

Answer<std::set<NodeId>> leaders_of(const MetadataResponse::MetadataResponseTopic& topic,
                                    const std::vector<long long>& wanted) {
  std::set<NodeId> leaders;
  for (const auto& partition : topic.partitions) {
    const long long number = partition.partition_index.value();
    const bool named = std::find(wanted.begin(), wanted.end(), number) != wanted.end();
    if (!wanted.empty() && !named) continue;
    if (partition.leader_id == kNoNode) {
      const auto name = topic.name.value_or("");
      return problem({ExitCode::kFailed, "LEADER_NOT_AVAILABLE", name,
                      fmt::format("partition {} of topic {} has no leader", number, name),
                      fmt::format("millrace topic describe {} shows its replicas", name)});
    }
    leaders.insert(partition.leader_id);
  }
  return leaders;
}

}  // namespace

Answer<void> check_topic_is_usable(Context& context, const std::string& topic,
                                   const std::vector<long long>& partitions) {
  CLI_TRY(check_property_names(context.globals().properties));
  const auto settings = connection_settings(context.globals().properties);
  if (!settings) return problem(settings.error());
  if (settings->sasl) return {};
  auto client = context.client();
  if (!client) return problem(std::move(client).error());
  auto metadata = (*client)->metadata_of({topic});
  if (!metadata) return problem(std::move(metadata).error());
  for (const auto& found : metadata->topics) {
    if (found.error_code != KafkaError::kNone) {
      return problem(refused_by_node(found.error_code, "", topic, "cannot use topic " + topic));
    }
    CLI_TRY(check_partitions_exist(found, partitions));
    const auto leaders = leaders_of(found, partitions);
    if (!leaders) return problem(leaders.error());
    for (const auto leader : *leaders) CLI_TRY((*client)->advertised_node(*metadata, leader));
  }
  return {};
}

}  // namespace millrace::cli
