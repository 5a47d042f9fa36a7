#include <fmt/format.h>

#include <charconv>

#include "cli/commands/commands.h"
#include "cli/commands/voter_choice.h"
#include "proto/kafka/messages/add_raft_voter.h"

namespace millrace::cli {
namespace {

using kafka::AddRaftVoterRequest;
using kafka::AddRaftVoterResponse;
using kafka::KafkaError;
using Listener = AddRaftVoterRequest::Listener;

// NAME://HOST:PORT; an address of IPv6 stands in brackets.
Answer<Listener> parse_listener(const std::string& text) {
  const auto bad = problem(usage_problem(
      "--endpoint", fmt::format("--endpoint '{}' is not of the form NAME://HOST:PORT", text),
      "such as CONTROLLER://node4.example.com:9093"));
  const auto scheme = text.find("://");
  const auto colon = text.rfind(':');
  if (scheme == std::string::npos || scheme == 0 || colon <= scheme + 3) return bad;
  Listener listener;
  listener.name = text.substr(0, scheme);
  listener.host = text.substr(scheme + 3, colon - scheme - 3);
  if (listener.host.starts_with('[') && listener.host.ends_with(']')) {
    listener.host = listener.host.substr(1, listener.host.size() - 2);
  }
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data() + colon + 1, end, listener.port);
  if (error != std::errc() || stop != end || listener.port == 0 || listener.host.empty()) {
    return bad;
  }
  return listener;
}

Answer<std::vector<Listener>> listeners_of(const Invocation& invocation) {
  std::vector<Listener> listeners;
  for (const auto& text : invocation.all("--endpoint")) {
    auto listener = parse_listener(text);
    if (!listener) return problem(listener.error());
    listeners.push_back(std::move(*listener));
  }
  return listeners;
}

Outcome add_voter(Context& context) {
  const auto& invocation = context.invocation();
  const auto listeners = listeners_of(invocation);
  if (!listeners) return Outcome::failed(listeners.error());
  auto client = context.client();
  if (!client) return Outcome::failed(client.error());
  const auto quorum = describe_quorum(**client);
  if (!quorum) return Outcome::failed(quorum.error());
  const auto voter = chosen_voter(invocation, *quorum);
  if (!voter) return Outcome::failed(voter.error());
  const auto response = (*client)->change<AddRaftVoterResponse>(
      [&](std::int16_t) {
        AddRaftVoterRequest request;
        request.cluster_id.reset();
        request.timeout_ms = (*client)->node_timeout_ms();
        request.voter_id = voter->node;
        request.voter_directory_id = voter->directory;
        request.listeners = *listeners;
        return request;
      },
      [](const auto& answer) { return answer.error_code == KafkaError::kNotController; });
  if (!response) return Outcome::failed(response.error());
  const auto id = to_string(voter->node);
  if (response->error_code != KafkaError::kNone) {
    return Outcome::failed(refused_by_node(response->error_code,
                                           response->error_message.value_or(""), id,
                                           fmt::format("cannot make node {} a voter", id)));
  }
  Outcome outcome;
  outcome.items.push_back(voter_json(*voter, "added"));
  return outcome;
}

}  // namespace

Command quorum_add_voter_command() {
  auto options = voter_options();
  options.push_back({.names = "--endpoint",
                     .value = "NAME://HOST:PORT",
                     .text =
                         "where the other voters reach it; Apache Kafka needs it, Millrace finds "
                         "nodes by their id",
                     .repeatable = true});
  return {
      .path = "quorum add-voter",
      .summary = "Give a node that observes a vote",
      .details =
          "The node has to follow the leader and to have caught up. It answers when a majority has "
          "agreed.",
      .options = std::move(options),
      .shape = voter_shape("added"),
      .examples = {{"millrace quorum add-voter --node 4", "the one directory that node 4 has"},
                   {"millrace quorum add-voter --node 4 --directory-id AAAAAAAAAAAAAAAAAAAABA",
                    "after its disk was replaced"}},
      .answer = add_voter,
  };
}

}  // namespace millrace::cli
