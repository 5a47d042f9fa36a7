#include "cli/commands/commands.h"
#include "cli/commands/topic_items.h"
#include "cli/context.h"

namespace millrace::cli {
namespace {

Outcome list_topics(Context& context) {
  auto client = context.client();
  if (!client) return Outcome::failed(client.error());
  auto metadata = (*client)->metadata_of_all();
  if (!metadata) return Outcome::failed(metadata.error());
  Outcome outcome;
  sort_topics(metadata->topics);
  for (const auto& topic : metadata->topics) {
    if (topic.is_internal && !context.invocation().has("--internal")) continue;
    if (topic.error_code != kafka::KafkaError::kNone) {
      const auto name = topic.name.value_or("");
      outcome.errors.push_back(
          refused_by_node(topic.error_code, "", name, "cannot list topic " + name));
      continue;
    }
    outcome.items.push_back(topic_json(topic));
  }
  if (outcome.items.empty() && outcome.errors.empty() && context.io().interactive) {
    outcome.notes.emplace_back("no topics; millrace topic create NAME makes one");
  }
  return outcome;
}

}  // namespace

Command topic_list_command() {
  return {
      .path = "topic list",
      .summary = "List topics",
      .details = "Lists the topics that this connection may see, by name.",
      .options = {{.names = "--internal",
                   .text = "with the cluster's own topics, such as __consumer_offsets",
                   .kind = ValueKind::kFlag}},
      .shape = {.fields = topic_fields(),
                .columns = {{"NAME", "name"},
                            {"PARTITIONS", "partition_count"},
                            {"REPLICATION", "replication_factor"},
                            {"TOPIC_ID", "topic_id", true},
                            {"INTERNAL", "internal", true}},
                .name = "name"},
      .examples = {{"millrace topic list", "all topics as a table"},
                   {"millrace topic list -o name", "their names, one a line, for scripts"},
                   {"millrace topic list -o json | jq '.items[].topic_id'", "ids with jq"}},
      .answer = list_topics,
  };
}

}  // namespace millrace::cli
