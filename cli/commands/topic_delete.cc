#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <istream>
#include <ostream>

#include "cli/commands/commands.h"
#include "cli/commands/topic_items.h"
#include "cli/context.h"
#include "proto/kafka/messages/delete_topics.h"

namespace millrace::cli {
namespace {

using kafka::DeleteTopicsRequest;
using kafka::DeleteTopicsResponse;
using kafka::KafkaError;

Json deleted_json(const std::string& name, Json topic_id, const std::string& result) {
  return {{"name", name}, {"topic_id", std::move(topic_id)}, {"result", result}};
}

void refuse_or_accept_missing(const Invocation& invocation, const std::string& name,
                              KafkaError error, const std::string& said, Outcome& outcome) {
  if (error == KafkaError::kUnknownTopicOrPartition && invocation.has("--if-exists")) {
    outcome.items.push_back(deleted_json(name, Json(), "does not exist"));
    return;
  }
  outcome.errors.push_back(refused_by_node(error, said, name, "cannot delete topic " + name));
}

// Asks a person, or refuses when there is none.
Answer<void> confirmed(Context& context) {
  const auto& invocation = context.invocation();
  if (invocation.has("--yes")) return {};
  const auto names = fmt::format("{}", fmt::join(invocation.arguments(), ", "));
  if (!context.io().interactive) {
    return problem(usage_problem("--yes", fmt::format("not deleting {} without --yes", names),
                                 "a terminal would be asked; elsewhere add --yes, or see what "
                                 "would happen with --dry-run"));
  }
  context.io().err << fmt::format("Delete {} with all records? [y/N] ", names) << std::flush;
  std::string answer;
  std::getline(context.io().in, answer);
  if (answer == "y" || answer == "Y" || answer == "yes") return {};
  return problem({ExitCode::kFailed, "NOT_CONFIRMED", "", "nothing was deleted", ""});
}

Outcome dry_run(Client& client, const Invocation& invocation) {
  auto metadata = client.metadata_of(invocation.arguments());
  if (!metadata) return Outcome::failed(metadata.error());
  Outcome outcome;
  for (const auto& topic : metadata->topics) {
    const auto name = topic.name.value_or("");
    if (topic.error_code == KafkaError::kNone) {
      outcome.items.push_back(deleted_json(name, topic_json(topic)["topic_id"], "would delete"));
    } else {
      refuse_or_accept_missing(invocation, name, topic.error_code, "", outcome);
    }
  }
  return outcome;
}

DeleteTopicsRequest request_of(const Invocation& invocation, bool by_state,
                               std::int32_t timeout_ms) {
  DeleteTopicsRequest request;
  request.timeout_ms = timeout_ms;
  for (const auto& name : invocation.arguments()) {
    if (by_state) {
      request.topics.emplace_back().name = name;
    } else {
      request.topic_names.push_back(name);
    }
  }
  return request;
}

bool is_not_controller(const DeleteTopicsResponse& response) {
  return std::any_of(response.responses.begin(), response.responses.end(), [](const auto& each) {
    return each.error_code == KafkaError::kNotController;
  });
}

Outcome delete_topics(Context& context) {
  auto client = context.client();
  if (!client) return Outcome::failed(client.error());
  const auto& invocation = context.invocation();
  if (invocation.has("--dry-run")) return dry_run(**client, invocation);
  if (auto sure = confirmed(context); !sure) return Outcome::failed(sure.error());
  auto response = (*client)->change<DeleteTopicsResponse>(
      [&](std::int16_t version) {
        return request_of(invocation, version >= 6, (*client)->node_timeout_ms());
      },
      is_not_controller);
  if (!response) return Outcome::failed(response.error());
  Outcome outcome;
  for (const auto& result : response->responses) {
    const auto name = result.name.value_or("");
    if (result.error_code == KafkaError::kNone) {
      const auto id = result.topic_id;
      outcome.items.push_back(
          deleted_json(name, id.is_zero() ? Json() : Json(id.to_string()), "deleted"));
    } else {
      refuse_or_accept_missing(invocation, name, result.error_code,
                               result.error_message.value_or(""), outcome);
    }
  }
  return outcome;
}

}  // namespace

Command topic_delete_command() {
  return {
      .path = "topic delete",
      .summary = "Delete topics and their records",
      .details =
          "Asks before it deletes when standard input and output are terminals; elsewhere "
          "it needs --yes.",
      .argument =
          {.name = "NAME", .text = "topics to delete", .min = 1, .max = -1, .is_topic = true},
      .options = {{.names = "--if-exists",
                   .text = "a topic that does not exist is no error",
                   .kind = ValueKind::kFlag},
                  {.names = "-y,--yes", .text = "do not ask", .kind = ValueKind::kFlag},
                  {.names = "--dry-run",
                   .text = "show what would be deleted, delete nothing",
                   .kind = ValueKind::kFlag}},
      .shape = {.fields = {{"name", FieldType::kString, "name of the topic"},
                           {"topic_id", FieldType::kString, "its id, when known", true},
                           {"result", FieldType::kString,
                            "deleted, would delete, or does not exist (with --if-exists)"}},
                .columns = {{"NAME", "name"}, {"RESULT", "result"}, {"TOPIC_ID", "topic_id", true}},
                .name = "name"},
      .examples = {{"millrace topic delete orders", "asks first"},
                   {"millrace topic delete orders returns --yes --if-exists", "in a script"}},
      .answer = delete_topics,
  };
}

}  // namespace millrace::cli
