#include "cli/commands/commands.h"
#include "cli/commands/node_items.h"
#include "cli/context.h"

namespace millrace::cli {
namespace {

Outcome list_nodes(Context& context) {
  auto client = context.client();
  if (!client) return Outcome::failed(client.error());
  Outcome outcome;
  const auto nodes = all_nodes(**client, outcome.notes);
  if (!nodes) return Outcome::failed(nodes.error());
  for (const auto& node : *nodes) outcome.items.push_back(node_json(node));
  return outcome;
}

}  // namespace

Command node_list_command() {
  return {
      .path = "node list",
      .summary = "List nodes with what each of them does",
      .details =
          "Lists every registered broker, fenced ones included, and controllers that are no "
          "brokers.",
      .shape = node_shape(),
      .examples = {{"millrace node list", "one row a node"},
                   {"millrace node list -o json | jq '.items[] | select(.fenced)'",
                    "those that lead nothing"}},
      .answer = list_nodes,
  };
}

}  // namespace millrace::cli
