#include "broker/handlers/80_add_raft_voter.h"

#include <algorithm>

#include "broker/handlers/raft_voter.h"

namespace millrace::broker {

namespace {

using kafka::KafkaError;
using Listeners = decltype(kafka::AddRaftVoterRequest::listeners);

/// Why the addresses cannot be the voter's, or nothing. They are not used: nodes find each other by
/// id. What does not fit what the node itself has registered would be a mistake in the request.
std::optional<std::string> contradiction(const controller::Broker* voter,
                                         const Listeners& listeners) {
  for (auto each = listeners.begin(); each != listeners.end(); ++each) {
    const auto has_name = [&](const auto& other) { return other.name == each->name; };
    if (std::any_of(listeners.begin(), each, has_name)) {
      return fmt::format("listener {} is named twice", each->name);
    }
    if (each->host.empty() || each->port == 0) {
      return fmt::format("listener {} has no host and port", each->name);
    }
    if (voter == nullptr) continue;
    for (const controller::Endpoint& known : voter->endpoints) {
      if (known.listener != each->name) continue;
      if (known.host == each->host && known.port == each->port) continue;
      return fmt::format("node {} is at {}:{} on listener {}, not at {}:{}", voter->id.value(),
                         known.host, known.port, known.listener, each->host, each->port);
    }
  }
  return std::nullopt;
}

}  // namespace

void start_add_raft_voter(Desk& desk, Call call, kafka::AddRaftVoterRequest request) {
  using Response = kafka::AddRaftVoterResponse;
  const controller::AddVoter add{request.voter_id, request.voter_directory_id,
                                 request.ack_when_committed};
  if (!check_alters_this_cluster<Response>(desk, call, request.cluster_id)) return;
  if (!check_names_voter<Response>(desk, call, add.id, add.directory)) return;
  const controller::Broker* const voter = desk.metadata().image().broker(add.id);
  if (auto wrong = contradiction(voter, request.listeners)) {
    refuse<Response>(desk, call, KafkaError::kInvalidRequest, std::move(*wrong));
    return;
  }
  submit_and_keep(desk, std::make_unique<OneAnswer<Response>>(call, voter_error),
                  controller::QuorumCommand{add}, request.timeout_ms);
}

}  // namespace millrace::broker
