#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <ostream>
#include <thread>

#include "cli/commands/commands.h"
#include "cli/commands/health_reasons.h"
#include "cli/context.h"
#include "cli/text/duration.h"

namespace millrace::cli {
namespace {

using Clock = std::chrono::steady_clock;
using Milliseconds = std::chrono::milliseconds;

constexpr Milliseconds kLookAgain{500};

struct Health {
  HealthReasons reasons;
  std::vector<std::string> notes;  // what could not be looked at
};

void append(HealthReasons& reasons, HealthReasons more) {
  std::move(more.begin(), more.end(), std::back_inserter(reasons));
}

Answer<void> look_at_nodes(Client& client, Health& health) {
  const auto quorum = describe_quorum(client);
  if (quorum) {
    append(health.reasons, missing_voters(*quorum));
    if (!quorum->tells_times) {
      health.notes.emplace_back("this cluster does not tell when voters were heard of");
    }
  } else if (quorum.error().code == kNoQuorumLeader) {
    health.reasons.push_back(no_quorum_leader());
  } else {
    return problem(quorum.error());
  }
  const auto brokers = registered_brokers(client);
  if (!brokers) return problem(brokers.error());
  append(health.reasons, fenced_brokers(brokers->nodes));
  if (!brokers->tells_fenced) {
    health.notes.emplace_back("this cluster does not tell which brokers are fenced");
  }
  return {};
}

Answer<void> look_at_topics(Client& client, Health& health) {
  auto metadata = client.metadata_of_all();
  if (!metadata) return problem(metadata.error());
  sort_topics(metadata->topics);
  append(health.reasons, leaderless_topics(metadata->topics));
  std::vector<std::string> names;
  for (const auto& topic : metadata->topics) names.push_back(topic.name.value_or(""));
  if (names.empty()) return {};
  const auto configs = topic_configs(client, names);
  if (!configs) return problem(configs.error());
  append(health.reasons, topics_without_margin(metadata->topics, *configs));
  if (configs->size() < names.size()) {
    health.notes.push_back(
        fmt::format("the settings of {} topics may not be read: whether they have a replica to "
                    "lose is not known",
                    names.size() - configs->size()));
  }
  return {};
}

// Each look is a connection of its own: the last one may have been to a node that is down by now.
Answer<Health> look(Context& context, Milliseconds timeout) {
  Invocation invocation = context.invocation();
  invocation.globals.timeout = timeout;
  Context once(std::move(invocation), context.io(), context.environment());
  auto client = once.client();
  if (!client) return problem(client.error());
  Health health;
  CLI_TRY(look_at_nodes(**client, health));
  CLI_TRY(look_at_topics(**client, health));
  return health;
}

std::string summary(const Answer<Health>& health) {
  if (!health) return health.error().message;
  const auto& first = health->reasons.front();
  return fmt::format("{} reason{}, first: {}", health->reasons.size(),
                     health->reasons.size() == 1 ? "" : "s", first.message);
}

// Waiting cannot make a wrong command line right.
bool may_change(const Answer<Health>& health) {
  return health ? !health->reasons.empty() : health.error().exit != ExitCode::kUsage;
}

Answer<Health> look_until_healthy(Context& context, Milliseconds patience) {
  const auto deadline = Clock::now() + patience;
  auto timeout = context.globals().timeout;
  if (patience > Milliseconds(0)) timeout = std::min(timeout, patience);
  std::string told;
  while (true) {
    auto health = look(context, timeout);
    if (!may_change(health) || Clock::now() + kLookAgain > deadline) return health;
    if (auto text = summary(health); context.io().interactive && text != told) {
      context.io().err << "waiting: " << text << std::endl;
      told = std::move(text);
    }
    std::this_thread::sleep_for(kLookAgain);
    const auto left = std::chrono::duration_cast<Milliseconds>(deadline - Clock::now());
    timeout = std::clamp(left, Milliseconds(1), timeout);
  }
}

Json health_json(const Health& health) {
  Json reasons = Json::array();
  for (const auto& reason : health.reasons) {
    reasons.push_back(
        {{"kind", reason.kind}, {"subject", reason.subject}, {"message", reason.message}});
  }
  return {{"healthy", health.reasons.empty()}, {"reasons", std::move(reasons)}};
}

Milliseconds patience_of(const Invocation& invocation) {
  const auto text = invocation.text("--wait");
  // Checked against the table already.
  return text ? parse_duration(*text, "--wait").value_or(Milliseconds(0)) : Milliseconds(0);
}

Outcome check_health(Context& context) {
  auto health = look_until_healthy(context, patience_of(context.invocation()));
  if (!health) return Outcome::failed(health.error());
  Outcome outcome;
  outcome.items.push_back(health_json(*health));
  outcome.notes = std::move(health->notes);
  if (health->reasons.empty()) {
    outcome.notes.emplace_back("the cluster is healthy");
    return outcome;
  }
  const auto count = health->reasons.size();
  outcome.errors.push_back(
      {ExitCode::kFailed, "UNHEALTHY", "",
       fmt::format("the cluster is not healthy, for {} reason{}", count, count == 1 ? "" : "s"),
       ""});
  return outcome;
}

std::vector<Field> reason_fields() {
  return {{"kind", FieldType::kString,
           "no_quorum_leader, voter_missing, broker_fenced, no_leader or no_margin"},
          {"subject", FieldType::kString, "the node or topic that it is about"},
          {"message", FieldType::kString, "what is wrong and what to do"}};
}

}  // namespace

Command cluster_health_command() {
  return {
      .path = "cluster health",
      .summary = "Tell whether anything is missing, and what to do about it",
      .details =
          "Not healthy is a cluster with a voter that was not heard of for 10 s, a fenced broker, "
          "a "
          "partition without a leader, a topic with more replicas than min.insync.replicas of "
          "which "
          "none may be lost, or without a leader of the metadata quorum. Exits with 0 when "
          "healthy, "
          "with 1 when not.",
      .options = {{.names = "--wait",
                   .value = "DURATION",
                   .text = "look again until the cluster is healthy, at most so long",
                   .kind = ValueKind::kDuration}},
      .shape = {.fields = {{"healthy", FieldType::kBoolean, "whether there are no reasons"},
                           {"reasons", FieldType::kObjects, "why it is not healthy", false,
                            reason_fields()}},
                .columns = {{"KIND", "reasons.kind"},
                            {"SUBJECT", "reasons.subject"},
                            {"MESSAGE", "reasons.message"}},
                .rows = "reasons",
                .name = "reasons.subject"},
      .examples = {{"millrace cluster health", "before a node is restarted"},
                   {"millrace cluster health --wait 2m", "after it was"},
                   {"millrace cluster health -o json | jq -r '.items[0].reasons[].kind'",
                    "for an alarm"}},
      .answer = check_health,
  };
}

}  // namespace millrace::cli
