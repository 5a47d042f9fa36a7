#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/commands/commands.h"
#include "cli/commands/config_resource.h"
#include "cli/context.h"
#include "proto/kafka/messages/create_partitions.h"
#include "proto/kafka/messages/incremental_alter_configs.h"

namespace millrace::cli {
namespace {

using kafka::CreatePartitionsRequest;
using kafka::CreatePartitionsResponse;
using kafka::IncrementalAlterConfigsRequest;
using kafka::IncrementalAlterConfigsResponse;
using kafka::KafkaError;

constexpr std::int8_t kSet = 0;
constexpr std::int8_t kDelete = 1;

IncrementalAlterConfigsRequest config_request(const Invocation& invocation) {
  IncrementalAlterConfigsRequest request;
  request.validate_only = invocation.has("--dry-run");
  auto& resource = request.resources.emplace_back();
  resource.resource_type = kTopicResource;
  resource.resource_name = invocation.arguments().front();
  for (const auto& [key, value] : invocation.pairs("--config")) {
    auto& config = resource.configs.emplace_back();
    config.name = key;
    config.config_operation = kSet;
    config.value = value;
  }
  for (const auto& key : invocation.all("--delete-config")) {
    auto& config = resource.configs.emplace_back();
    config.name = key;
    config.config_operation = kDelete;
    config.value = std::nullopt;
  }
  return request;
}

CreatePartitionsRequest partitions_request(const Invocation& invocation, std::int32_t timeout_ms) {
  CreatePartitionsRequest request;
  request.timeout_ms = timeout_ms;
  request.validate_only = invocation.has("--dry-run");
  auto& topic = request.topics.emplace_back();
  topic.name = invocation.arguments().front();
  topic.count = static_cast<std::int32_t>(*invocation.integer("--partitions"));
  topic.assignments = std::nullopt;
  return request;
}

std::vector<std::string> config_changes(const Invocation& invocation) {
  std::vector<std::string> changes;
  for (const auto& pair : invocation.all("--config")) changes.push_back("set " + pair);
  for (const auto& key : invocation.all("--delete-config")) changes.push_back("delete " + key);
  return changes;
}

Json altered_json(const Invocation& invocation, const std::string& change) {
  return {{"name", invocation.arguments().front()},
          {"change", change},
          {"result", invocation.has("--dry-run") ? "would alter" : "altered"}};
}

void judge(const Invocation& invocation, KafkaError error, const std::string& said,
           const std::vector<std::string>& changes, Outcome& outcome) {
  if (error == KafkaError::kNone) {
    for (const auto& change : changes) outcome.items.push_back(altered_json(invocation, change));
    return;
  }
  const auto& name = invocation.arguments().front();
  outcome.errors.push_back(
      refused_by_node(error, said, name,
                      fmt::format("cannot alter topic {} ({})", name, fmt::join(changes, ", "))));
}

void alter_configs(Client& client, const Invocation& invocation, Outcome& outcome) {
  const auto response = client.change<IncrementalAlterConfigsResponse>(
      [&](std::int16_t) { return config_request(invocation); },
      [](const auto& answer) {
        return !answer.responses.empty() &&
               answer.responses.front().error_code == KafkaError::kNotController;
      });
  if (!response) {
    outcome.errors.push_back(response.error());
    return;
  }
  for (const auto& result : response->responses) {
    judge(invocation, result.error_code, result.error_message.value_or(""),
          config_changes(invocation), outcome);
  }
}

void alter_partitions(Client& client, const Invocation& invocation, Outcome& outcome) {
  const auto response = client.change<CreatePartitionsResponse>(
      [&](std::int16_t) { return partitions_request(invocation, client.node_timeout_ms()); },
      [](const auto& answer) {
        return !answer.results.empty() &&
               answer.results.front().error_code == KafkaError::kNotController;
      });
  if (!response) {
    outcome.errors.push_back(response.error());
    return;
  }
  const auto change = fmt::format("set partitions to {}", *invocation.integer("--partitions"));
  for (const auto& result : response->results) {
    judge(invocation, result.error_code, result.error_message.value_or(""), {change}, outcome);
  }
}

Outcome alter_topic(Context& context) {
  const auto& invocation = context.invocation();
  const bool configs = invocation.has("--config") || invocation.has("--delete-config");
  const bool partitions = invocation.has("--partitions");
  if (!configs && !partitions) {
    return Outcome::failed(usage_problem("topic alter", "there is nothing to alter",
                                         "give -c KEY=VALUE, --delete-config KEY or "
                                         "--partitions N"));
  }
  auto client = context.client();
  if (!client) return Outcome::failed(client.error());
  Outcome outcome;
  if (configs) alter_configs(**client, invocation, outcome);
  if (partitions) alter_partitions(**client, invocation, outcome);
  return outcome;
}

}  // namespace

Command topic_alter_command() {
  return {
      .path = "topic alter",
      .summary = "Change settings of a topic, or add partitions",
      .details =
          "Settings that are not named stay as they are. Partitions can be added, never "
          "taken away; records with a key may then go to another partition than before.",
      .argument = {.name = "NAME", .text = "topic to change", .min = 1, .max = 1, .is_topic = true},
      .options = {{.names = "-c,--config",
                   .value = "KEY=VALUE",
                   .text = "set a setting",
                   .kind = ValueKind::kKeyValue,
                   .repeatable = true},
                  {.names = "--delete-config",
                   .value = "KEY",
                   .text = "remove a setting, so that the node's default counts again",
                   .kind = ValueKind::kText,
                   .repeatable = true},
                  {.names = "-p,--partitions",
                   .value = "N",
                   .text = "number of partitions to have afterwards",
                   .kind = ValueKind::kInteger,
                   .min = 1},
                  {.names = "--dry-run",
                   .text = "let the cluster check everything, change nothing",
                   .kind = ValueKind::kFlag}},
      .shape = {.fields = {{"name", FieldType::kString, "name of the topic"},
                           {"change", FieldType::kString, "what was changed"},
                           {"result", FieldType::kString, "altered or would alter"}},
                .columns = {{"NAME", "name"}, {"RESULT", "result"}, {"CHANGE", "change"}},
                .name = "name"},
      .examples = {{"millrace topic alter orders -c retention.ms=86400000", "keep a day"},
                   {"millrace topic alter orders --delete-config retention.ms",
                    "back to the default"},
                   {"millrace topic alter orders --partitions 12 --dry-run",
                    "would that be accepted?"}},
      .answer = alter_topic,
  };
}

}  // namespace millrace::cli
