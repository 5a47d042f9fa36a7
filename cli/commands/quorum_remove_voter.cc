#include <fmt/format.h>

#include <algorithm>

#include "cli/commands/commands.h"
#include "cli/commands/voter_choice.h"
#include "proto/kafka/messages/remove_raft_voter.h"

namespace millrace::cli {
namespace {

using kafka::KafkaError;
using kafka::RemoveRaftVoterRequest;
using kafka::RemoveRaftVoterResponse;

// Refuses what would leave voters of which none may be lost.
Answer<void> check_margin(const QuorumView& quorum, const VoterChoice& leaving) {
  std::size_t remaining = 0;
  std::size_t alive = 0;
  for (const auto& voter : quorum.voters) {
    if (voter.node == leaving.node && voter.directory_id == leaving.directory.to_string()) continue;
    ++remaining;
    if (!quorum.tells_times || !voter.is_silent()) ++alive;
  }
  // Not a voter, or the last one: the cluster's own answer says it better.
  if (remaining == quorum.voters.size() || remaining == 0) return {};
  if (alive > majority_of(remaining)) return {};
  return problem(
      {ExitCode::kFailed, "NO_MARGIN", to_string(leaving.node),
       fmt::format("without node {} the quorum has {} voter{}, {} of them alive, and needs {}: it "
                   "could not lose one more",
                   to_string(leaving.node), remaining, remaining == 1 ? "" : "s", alive,
                   majority_of(remaining)),
       "add another voter first with millrace quorum add-voter, or insist with --force"});
}

Outcome remove_voter(Context& context) {
  auto client = context.client();
  if (!client) return Outcome::failed(client.error());
  const auto quorum = describe_quorum(**client);
  if (!quorum) return Outcome::failed(quorum.error());
  const auto voter = chosen_voter(context.invocation(), *quorum);
  if (!voter) return Outcome::failed(voter.error());
  if (!context.invocation().has("--force")) {
    if (auto margin = check_margin(*quorum, *voter); !margin) {
      return Outcome::failed(margin.error());
    }
  }
  const auto response = (*client)->change<RemoveRaftVoterResponse>(
      [&](std::int16_t) {
        RemoveRaftVoterRequest request;
        request.cluster_id.reset();
        request.voter_id = voter->node;
        request.voter_directory_id = voter->directory;
        return request;
      },
      [](const auto& answer) { return answer.error_code == KafkaError::kNotController; });
  if (!response) return Outcome::failed(response.error());
  const auto id = to_string(voter->node);
  if (response->error_code != KafkaError::kNone) {
    return Outcome::failed(refused_by_node(response->error_code,
                                           response->error_message.value_or(""), id,
                                           fmt::format("cannot take node {}'s vote away", id)));
  }
  Outcome outcome;
  outcome.items.push_back(voter_json(*voter, "removed"));
  return outcome;
}

}  // namespace

Command quorum_remove_voter_command() {
  auto options = voter_options();
  options.push_back({.names = "--force",
                     .text = "also when the voters that stay could not lose one more",
                     .kind = ValueKind::kFlag});
  return {
      .path = "quorum remove-voter",
      .summary = "Take a voter's vote away",
      .details =
          "The node goes on as an observer. Refused without --force when the voters that stay "
          "could "
          "not lose one more.",
      .options = std::move(options),
      .shape = voter_shape("removed"),
      .examples = {{"millrace quorum remove-voter --node 3", "after a fourth one was added"},
                   {"millrace quorum remove-voter --node 3 --force",
                    "although two voters are left, of which none may be lost"}},
      .answer = remove_voter,
  };
}

}  // namespace millrace::cli
