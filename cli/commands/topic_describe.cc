#include <fmt/format.h>

#include <algorithm>

#include "cli/commands/commands.h"
#include "cli/commands/topic_configs.h"
#include "cli/commands/topic_items.h"
#include "cli/context.h"

namespace millrace::cli {
namespace {

using kafka::KafkaError;
using kafka::MetadataResponse;

// The filters; a partition is shown when any of those given holds, all without one.
struct Filters {
  bool under_replicated = false;
  bool under_min_isr = false;
  bool at_min_isr = false;
  bool unavailable = false;

  [[nodiscard]] bool any() const {
    return under_replicated || under_min_isr || at_min_isr || unavailable;
  }
  [[nodiscard]] bool shows(const MetadataPartition& partition, int min_isr) const {
    const auto isr = static_cast<int>(partition.isr_nodes.size());
    const bool led = partition.leader_id != kNoNode;
    return !any() ||
           (under_replicated && partition.isr_nodes.size() < partition.replica_nodes.size()) ||
           (under_min_isr && isr < min_isr) || (at_min_isr && isr == min_isr) ||
           (unavailable && !led);
  }
};

Filters filters_of(const Invocation& invocation) {
  return {invocation.has("--under-replicated"), invocation.has("--under-min-isr"),
          invocation.has("--at-min-isr"), invocation.has("--unavailable")};
}

std::string footer_line(const std::string& topic, const TopicConfigs& configs) {
  std::string line;
  for (const auto& [key, value] : configs.overrides) {
    line += fmt::format("{}{}={}", line.empty() ? "" : " ", key, value);
  }
  return fmt::format("{}: {}", topic, line);
}

Json configs_json(const TopicConfigs& configs) {
  Json json = Json::object();
  for (const auto& [key, value] : configs.overrides) json[key] = value;
  return json;
}

std::vector<std::string> names_of(const std::vector<MetadataTopic>& topics) {
  std::vector<std::string> names;
  for (const auto& topic : topics) {
    if (topic.error_code == KafkaError::kNone) names.push_back(topic.name.value_or(""));
  }
  return names;
}

void add_topic(MetadataTopic topic, const TopicConfigs& configs, const Filters& filters,
               Outcome& outcome) {
  Json item = topic_json(topic);
  std::erase_if(topic.partitions, [&](const auto& partition) {
    return !filters.shows(partition, configs.min_insync_replicas);
  });
  if (filters.any() && topic.partitions.empty()) return;
  item["partitions"] = topic_json(topic)["partitions"];
  item["configs"] = configs_json(configs);
  outcome.items.push_back(std::move(item));
  if (!configs.overrides.empty() && !filters.any()) {
    outcome.table_footer.push_back(footer_line(topic.name.value_or(""), configs));
  }
}

Answer<MetadataResponse> described(Client& client, const Invocation& invocation) {
  if (invocation.arguments().empty()) return client.metadata_of_all();
  return client.metadata_of(invocation.arguments());
}

Outcome describe_topics(Context& context) {
  auto client = context.client();
  if (!client) return Outcome::failed(client.error());
  auto metadata = described(**client, context.invocation());
  if (!metadata) return Outcome::failed(metadata.error());
  sort_topics(metadata->topics);
  const auto filters = filters_of(context.invocation());
  Outcome outcome;
  std::map<std::string, TopicConfigs> configs;
  if (const auto names = names_of(metadata->topics); !names.empty()) {
    auto found = topic_configs(**client, names);
    if (!found) return Outcome::failed(found.error());
    configs = std::move(*found);
  }
  for (auto& topic : metadata->topics) {
    const auto name = topic.name.value_or("");
    if (topic.error_code == KafkaError::kNone) {
      add_topic(std::move(topic), configs[name], filters, outcome);
    } else {
      outcome.errors.push_back(
          refused_by_node(topic.error_code, "", name, "cannot describe topic " + name));
    }
  }
  return outcome;
}

std::vector<Field> described_fields() {
  auto fields = topic_fields();
  fields.push_back({"configs", FieldType::kMap, "settings of the topic itself, not of its node"});
  return fields;
}

Option filter(const char* name, const char* text) {
  return {.names = name, .text = text, .kind = ValueKind::kFlag};
}

}  // namespace

Command topic_describe_command() {
  return {
      .path = "topic describe",
      .summary = "Show partitions, leaders, replicas and settings of topics",
      .details =
          "Without a name it shows all topics. With filters it shows the partitions for "
          "which one of them holds, and prints nothing when there are none.",
      .argument = {.name = "NAME", .text = "topics to show", .max = -1, .is_topic = true},
      .options = {filter("--under-replicated", "partitions with a replica that is not in sync"),
                  filter("--under-min-isr",
                         "partitions with fewer replicas in sync than min.insync.replicas"),
                  filter("--at-min-isr",
                         "partitions with exactly min.insync.replicas replicas in sync"),
                  filter("--unavailable", "partitions without a leader")},
      .shape = {.fields = described_fields(),
                .columns = {{"TOPIC", "name"},
                            {"PARTITION", "partitions.partition"},
                            {"LEADER", "partitions.leader_id"},
                            {"EPOCH", "partitions.leader_epoch"},
                            {"REPLICAS", "partitions.replicas"},
                            {"ISR", "partitions.isr"},
                            {"OFFLINE", "partitions.offline_replicas", true},
                            {"TOPIC_ID", "topic_id", true}},
                .rows = "partitions",
                .name = "name"},
      .examples = {{"millrace topic describe orders", "one topic"},
                   {"millrace topic describe --under-min-isr",
                    "partitions that refuse acks=all at the moment"},
                   {"millrace topic describe orders -o json | jq '.items[0].configs'",
                    "the settings of a topic"}},
      .answer = describe_topics,
  };
}

}  // namespace millrace::cli
