#include <algorithm>

#include "cli/commands/commands.h"
#include "cli/context.h"

namespace millrace::cli {
namespace {

std::vector<Field> node_fields() {
  return {
      {"node_id", FieldType::kInteger, "id of the node"},
      {"host", FieldType::kString, "host that it advertises to clients"},
      {"port", FieldType::kInteger, "port that it advertises to clients"},
      {"rack", FieldType::kString, "its rack or availability zone; null without one", true},
      {"controller", FieldType::kBoolean, "whether it is the one to send changes to"},
  };
}

Json nodes_json(kafka::MetadataResponse& cluster) {
  std::sort(cluster.brokers.begin(), cluster.brokers.end(),
            [](const auto& a, const auto& b) { return a.node_id < b.node_id; });
  Json nodes = Json::array();
  for (const auto& broker : cluster.brokers) {
    nodes.push_back({{"node_id", broker.node_id.value()},
                     {"host", broker.host},
                     {"port", broker.port},
                     {"rack", broker.rack ? Json(*broker.rack) : Json()},
                     {"controller", broker.node_id == cluster.controller_id}});
  }
  return nodes;
}

Outcome show_cluster(Context& context) {
  auto client = context.client();
  if (!client) return Outcome::failed(client.error());
  auto cluster = (*client)->cluster_metadata();
  if (!cluster) return Outcome::failed(cluster.error());
  Outcome outcome;
  const auto controller = cluster->controller_id;
  outcome.items.push_back(
      {{"cluster_id", cluster->cluster_id ? Json(*cluster->cluster_id) : Json()},
       {"controller_id", controller == kNoNode ? Json() : Json(controller.value())},
       {"nodes", nodes_json(*cluster)}});
  outcome.table_footer.push_back("cluster " + cluster->cluster_id.value_or("without an id"));
  return outcome;
}

}  // namespace

Command cluster_info_command() {
  return {
      .path = "cluster info",
      .summary = "Show the cluster's id, controller and nodes",
      .details =
          "Shows the nodes that are alive, with the addresses that they advertise to "
          "clients.",
      .shape = {.fields = {{"cluster_id", FieldType::kString, "id of the cluster", true},
                           {"controller_id", FieldType::kInteger,
                            "node to send changes to; null when there is none", true},
                           {"nodes", FieldType::kObjects, "nodes that are alive", false,
                            node_fields()}},
                .columns = {{"NODE", "nodes.node_id"},
                            {"HOST", "nodes.host"},
                            {"PORT", "nodes.port"},
                            {"RACK", "nodes.rack"},
                            {"CONTROLLER", "nodes.controller"},
                            {"CLUSTER_ID", "cluster_id", true}},
                .rows = "nodes",
                .name = "nodes.node_id"},
      .examples = {{"millrace cluster info", "nodes as a table"},
                   {"millrace -b broker1:9092 cluster info -o json", "for a script"}},
      .answer = show_cluster,
  };
}

}  // namespace millrace::cli
