#include <fmt/format.h>

#include <chrono>
#include <thread>

#include "cli/commands/commands.h"
#include "cli/commands/quorum_view.h"
#include "cli/context.h"
#include "proto/kafka/messages/transfer_quorum_leadership.h"

namespace millrace::cli {
namespace {

using kafka::KafkaError;
using kafka::TransferQuorumLeadershipRequest;
using kafka::TransferQuorumLeadershipResponse;

constexpr std::chrono::milliseconds kLookAgain{100};

Answer<void> check_can_transfer(Client& client) {
  auto node = client.any_node();
  if (!node) return problem(node.error());
  if ((*node)->has(kafka::ApiKey::kTransferQuorumLeadership)) return {};
  return problem({ExitCode::kFailed, "UNSUPPORTED_VERSION", (*node)->endpoint().text(),
                  fmt::format("{} has no request to hand the lead over: Apache Kafka has none",
                              (*node)->endpoint().text()),
                  "there another voter leads when the leader is stopped"});
}

Answer<void> ask_to_transfer(Client& client, NodeId to) {
  const auto response = client.change<TransferQuorumLeadershipResponse>(
      [&](std::int16_t) {
        TransferQuorumLeadershipRequest request;
        request.cluster_id.reset();
        request.timeout_ms = client.node_timeout_ms();
        request.to_id = to;
        return request;
      },
      [](const auto& answer) { return answer.error_code == KafkaError::kNotController; });
  if (!response) return problem(response.error());
  if (response->error_code == KafkaError::kNone) return {};
  const auto id = to_string(to);
  return problem(refused_by_node(response->error_code, response->error_message.value_or(""), id,
                                 fmt::format("cannot hand the lead to node {}", id)));
}

// The lead is handed over by an election, which takes a moment and may go another way.
Answer<QuorumView> wait_for_leader(Client& client, NodeId to) {
  const auto deadline = std::chrono::steady_clock::now() + client.timeout();
  while (true) {
    auto quorum = describe_quorum(client);
    if (!quorum && quorum.error().code != kNoQuorumLeader) return problem(quorum.error());
    if (quorum && quorum->leader == to) return quorum;
    if (std::chrono::steady_clock::now() + kLookAgain > deadline) {
      const auto leader = quorum ? "node " + to_string(quorum->leader) : "nobody";
      return problem({ExitCode::kTimedOut, "TIMED_OUT", to_string(to),
                      fmt::format("node {} was asked to lead, but {} leads", to_string(to), leader),
                      "look at its lag with millrace quorum describe, and try again"});
    }
    std::this_thread::sleep_for(kLookAgain);
  }
}

Outcome transfer(Context& context) {
  auto client = context.client();
  if (!client) return Outcome::failed(client.error());
  const NodeId to(static_cast<std::int32_t>(context.invocation().integer("--to").value_or(0)));
  if (auto able = check_can_transfer(**client); !able) return Outcome::failed(able.error());
  if (auto asked = ask_to_transfer(**client, to); !asked) return Outcome::failed(asked.error());
  const auto quorum = wait_for_leader(**client, to);
  if (!quorum) return Outcome::failed(quorum.error());
  Outcome outcome;
  outcome.items.push_back({{"leader_id", to.value()}, {"leader_epoch", quorum->epoch}});
  return outcome;
}

}  // namespace

Command quorum_transfer_command() {
  return {
      .path = "quorum transfer",
      .summary = "Let another voter lead the metadata quorum",
      .details =
          "Returns when the voter leads. For maintenance, so that the quorum is not without a "
          "leader "
          "for a moment. Apache Kafka has no such request.",
      .options = {{.names = "--to",
                   .value = "ID",
                   .text = "voter that shall lead",
                   .kind = ValueKind::kInteger,
                   .required = true}},
      .shape = {.fields = {{"leader_id", FieldType::kInteger, "node that leads now"},
                           {"leader_epoch", FieldType::kInteger, "counts the leaders"}},
                .columns = {{"LEADER", "leader_id"}, {"EPOCH", "leader_epoch"}},
                .name = "leader_id"},
      .examples = {{"millrace quorum transfer --to 2", "before the leader's node is restarted"}},
      .answer = transfer,
  };
}

}  // namespace millrace::cli
