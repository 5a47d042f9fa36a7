#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "cli/commands/commands.h"
#include "cli/commands/node_items.h"
#include "cli/context.h"

namespace millrace::cli {
namespace {

Answer<std::vector<NodeId>> ids_of(const Invocation& invocation) {
  std::vector<NodeId> ids;
  for (const auto& text : invocation.arguments()) {
    std::int32_t id = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, id);
    if (error != std::errc() || stop != end || id < 0) {
      return problem(usage_problem("ID", fmt::format("'{}' is not the id of a node", text),
                                   "millrace node list shows the ids"));
    }
    ids.emplace_back(id);
  }
  return ids;
}

Outcome describe_nodes(Context& context) {
  const auto ids = ids_of(context.invocation());
  if (!ids) return Outcome::failed(ids.error());
  auto client = context.client();
  if (!client) return Outcome::failed(client.error());
  Outcome outcome;
  const auto nodes = all_nodes(**client, outcome.notes);
  if (!nodes) return Outcome::failed(nodes.error());
  for (const auto id : *ids) {
    const auto found =
        std::find_if(nodes->begin(), nodes->end(), [&](const auto& node) { return node.id == id; });
    if (found != nodes->end()) {
      outcome.items.push_back(node_json(*found));
    } else {
      outcome.errors.push_back({ExitCode::kFailed, "BROKER_ID_NOT_REGISTERED", to_string(id),
                                fmt::format("there is no node {}", to_string(id)),
                                "millrace node list shows the nodes"});
    }
  }
  return outcome;
}

}  // namespace

Command node_describe_command() {
  return {
      .path = "node describe",
      .summary = "Show what single nodes do",
      .details = "Shows the same as millrace node list, for the nodes named.",
      .argument = {.name = "ID", .text = "nodes to show", .min = 1, .max = -1},
      .shape = node_shape(),
      .examples = {{"millrace node describe 2", "one node"},
                   {"millrace node describe 2 -o wide", "with its directory"}},
      .answer = describe_nodes,
  };
}

}  // namespace millrace::cli
