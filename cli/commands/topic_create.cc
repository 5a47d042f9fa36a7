#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "cli/commands/commands.h"
#include "cli/commands/topic_items.h"
#include "cli/context.h"
#include "proto/kafka/messages/create_topics.h"

namespace millrace::cli {
namespace {

using kafka::CreateTopicsRequest;
using kafka::CreateTopicsResponse;
using kafka::KafkaError;
using CreateResult = CreateTopicsResponse::CreatableTopicResult;

constexpr int kClusterDefault = -1;
// A created topic appears on the nodes a moment later; the wait for its leaders ends after this
// long without making the command fail.
constexpr std::chrono::seconds kLeaderWaitMax{2};
constexpr std::chrono::milliseconds kLeaderPoll{20};

CreateTopicsRequest request_of(const Invocation& invocation, std::int32_t timeout_ms) {
  CreateTopicsRequest request;
  request.timeout_ms = timeout_ms;
  request.validate_only = invocation.has("--dry-run");
  for (const auto& name : invocation.arguments()) {
    auto& topic = request.topics.emplace_back();
    topic.name = name;
    topic.num_partitions =
        static_cast<std::int32_t>(invocation.integer("--partitions").value_or(kClusterDefault));
    topic.replication_factor = static_cast<std::int16_t>(
        invocation.integer("--replication-factor").value_or(kClusterDefault));
    for (const auto& [key, value] : invocation.pairs("--config")) {
      auto& config = topic.configs.emplace_back();
      config.name = key;
      config.value = value;
    }
  }
  return request;
}

bool is_not_controller(const CreateTopicsResponse& response) {
  return std::any_of(response.topics.begin(), response.topics.end(), [](const auto& topic) {
    return topic.error_code == KafkaError::kNotController;
  });
}

// The limit by name: how many nodes there are and which.
Problem too_many_replicas(Client& client, const CreateResult& result, long long wanted) {
  Problem problem = refused_by_node(result.error_code, result.error_message.value_or(""),
                                    result.name, "cannot create topic " + result.name);
  const auto cluster = client.cluster_metadata();
  if (!cluster || wanted <= static_cast<long long>(cluster->brokers.size())) return problem;
  std::vector<std::int32_t> alive;
  for (const auto& broker : cluster->brokers) alive.push_back(broker.node_id.value());
  std::sort(alive.begin(), alive.end());
  problem.message = fmt::format(
      "cannot create topic {}: replication factor {} is more than the {} node{} alive ({})",
      result.name, wanted, alive.size(), alive.size() == 1 ? "" : "s", fmt::join(alive, ", "));
  problem.hint =
      fmt::format("use --replication-factor {} or less, or start more nodes", alive.size());
  return problem;
}

bool all_led(const MetadataTopic& topic) {
  return topic.error_code == KafkaError::kNone && !topic.partitions.empty() &&
         std::all_of(topic.partitions.begin(), topic.partitions.end(),
                     [](const auto& partition) { return partition.leader_id != kNoNode; });
}

// The topics as they are once every partition has a leader, or as they are when the wait is over.
std::vector<MetadataTopic> topics_with_leaders(Client& client,
                                               const std::vector<std::string>& names) {
  const auto deadline = std::chrono::steady_clock::now() +
                        std::min<std::chrono::milliseconds>(kLeaderWaitMax, client.timeout());
  while (true) {
    auto metadata = client.metadata_of(names);
    if (!metadata) return {};
    const bool done = std::all_of(metadata->topics.begin(), metadata->topics.end(), all_led);
    if (done || std::chrono::steady_clock::now() > deadline) return std::move(metadata->topics);
    std::this_thread::sleep_for(kLeaderPoll);
  }
}

Json created_json(const CreateResult& result, const std::string& outcome) {
  return {
      {"name", result.name},
      {"topic_id", result.topic_id.is_zero() ? Json() : Json(result.topic_id.to_string())},
      {"result", outcome},
      {"partition_count", result.num_partitions < 0 ? Json() : Json(result.num_partitions)},
      {"replication_factor",
       result.replication_factor < 0 ? Json() : Json(result.replication_factor)},
      {"partitions", Json::array()},
  };
}

void fill_in(const std::vector<MetadataTopic>& topics, Outcome& outcome) {
  for (const auto& topic : topics) {
    if (topic.error_code != KafkaError::kNone) continue;
    for (auto& item : outcome.items) {
      if (item["name"] != topic.name.value_or("")) continue;
      const auto seen = topic_json(topic);
      for (const auto& [key, value] : seen.items()) {
        if (item.contains(key)) item[key] = value;
      }
    }
  }
}

void judge(Client& client, const Invocation& invocation, const CreateResult& result,
           Outcome& outcome) {
  const bool dry_run = invocation.has("--dry-run");
  if (result.error_code == KafkaError::kNone) {
    outcome.items.push_back(created_json(result, dry_run ? "would create" : "created"));
  } else if (result.error_code == KafkaError::kTopicAlreadyExists &&
             invocation.has("--if-not-exists")) {
    outcome.items.push_back(created_json(result, "exists"));
  } else if (result.error_code == KafkaError::kInvalidReplicationFactor) {
    outcome.errors.push_back(
        too_many_replicas(client, result, invocation.integer("--replication-factor").value_or(0)));
  } else {
    outcome.errors.push_back(refused_by_node(result.error_code, result.error_message.value_or(""),
                                             result.name, "cannot create topic " + result.name));
  }
}

Outcome create_topics(Context& context) {
  auto client = context.client();
  if (!client) return Outcome::failed(client.error());
  const auto& invocation = context.invocation();
  auto response = (*client)->change<CreateTopicsResponse>(
      [&](std::int16_t) { return request_of(invocation, (*client)->node_timeout_ms()); },
      is_not_controller);
  if (!response) return Outcome::failed(response.error());
  Outcome outcome;
  for (const auto& result : response->topics) judge(**client, invocation, result, outcome);
  std::vector<std::string> to_look_at;
  for (const auto& item : outcome.items) {
    if (item["result"] != "would create") to_look_at.push_back(item["name"]);
  }
  if (!to_look_at.empty()) fill_in(topics_with_leaders(**client, to_look_at), outcome);
  return outcome;
}

std::vector<Field> created_fields() {
  return {
      {"name", FieldType::kString, "name of the topic"},
      {"topic_id", FieldType::kString, "its id; null in a dry run and from old clusters", true},
      {"result", FieldType::kString, "created, exists (with --if-not-exists) or would create"},
      {"partition_count", FieldType::kInteger, "number of partitions; null when not known", true},
      {"replication_factor", FieldType::kInteger, "replicas of each; null when not known", true},
      {"partitions", FieldType::kObjects, "its partitions; none in a dry run", false,
       partition_fields()},
  };
}

}  // namespace

Command topic_create_command() {
  return {
      .path = "topic create",
      .summary = "Create topics",
      .details =
          "Creates every topic named, all with the same settings. What is not given is the "
          "cluster's default.",
      .argument = {.name = "NAME", .text = "topics to create", .min = 1, .max = -1},
      .options = {{.names = "-p,--partitions",
                   .value = "N",
                   .text = "number of partitions",
                   .kind = ValueKind::kInteger,
                   .fallback = "the cluster's num.partitions",
                   .min = 1},
                  {.names = "-r,--replication-factor",
                   .value = "R",
                   .text = "replicas of each partition",
                   .kind = ValueKind::kInteger,
                   .fallback = "the cluster's default.replication.factor",
                   .min = 1,
                   .max = 32767},
                  {.names = "-c,--config",
                   .value = "KEY=VALUE",
                   .text = "a setting of the topic, such as retention.ms=86400000",
                   .kind = ValueKind::kKeyValue,
                   .repeatable = true},
                  {.names = "--if-not-exists",
                   .text = "a topic that exists already is no error; it is left as it is",
                   .kind = ValueKind::kFlag},
                  {.names = "--dry-run",
                   .text = "let the cluster check everything, create nothing",
                   .kind = ValueKind::kFlag}},
      .shape = {.fields = created_fields(),
                .columns = {{"NAME", "name"},
                            {"RESULT", "result"},
                            {"PARTITIONS", "partition_count"},
                            {"REPLICATION", "replication_factor"},
                            {"TOPIC_ID", "topic_id", true}},
                .name = "name"},
      .examples = {{"millrace topic create orders --partitions 3", "one topic"},
                   {"millrace topic create orders -p 12 -r 3 -c min.insync.replicas=2",
                    "with settings"},
                   {"millrace topic create orders --if-not-exists", "safe to run again"}},
      .answer = create_topics,
  };
}

}  // namespace millrace::cli
