#include "cli/commands/node_items.h"

#include <algorithm>

#include "proto/kafka/messages/describe_cluster.h"

namespace millrace::cli {
namespace {

using kafka::DescribeClusterRequest;
using kafka::DescribeClusterResponse;
using kafka::KafkaError;

constexpr std::int16_t kFencedVersion = 2;

NodeView node_of(const DescribeClusterResponse::DescribeClusterBroker& broker) {
  NodeView node;
  node.id = broker.broker_id;
  node.host = broker.host;
  node.port = broker.port;
  node.rack = broker.rack;
  node.fenced = broker.is_fenced;
  return node;
}

void sort_nodes(std::vector<NodeView>& nodes) {
  std::sort(nodes.begin(), nodes.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
}

NodeView* find_node(std::vector<NodeView>& nodes, NodeId id) {
  const auto found =
      std::find_if(nodes.begin(), nodes.end(), [&](const auto& node) { return node.id == id; });
  return found == nodes.end() ? nullptr : &*found;
}

NodeView controller_of(const QuorumView& quorum, NodeId id) {
  NodeView node;
  node.id = id;
  if (const auto found = quorum.addresses.find(id); found != quorum.addresses.end()) {
    std::tie(node.host, node.port) = found->second;
  }
  return node;
}

}  // namespace

Answer<Brokers> registered_brokers(Client& client) {
  Brokers brokers;
  const auto response = client.ask<DescribeClusterResponse>([&](std::int16_t version) {
    brokers.tells_fenced = version >= kFencedVersion;
    DescribeClusterRequest request;
    request.include_fenced_brokers = brokers.tells_fenced;
    return request;
  });
  if (!response) return problem(response.error());
  if (response->error_code != KafkaError::kNone) {
    return problem(refused_by_node(response->error_code, response->error_message.value_or(""), "",
                                   "cannot describe the cluster"));
  }
  for (const auto& broker : response->brokers) brokers.nodes.push_back(node_of(broker));
  sort_nodes(brokers.nodes);
  return brokers;
}

void add_quorum(const QuorumView& quorum, std::vector<NodeView>& nodes) {
  // Voters first: a node with a new disk observes with one directory while the other still votes.
  for (const auto* const all : {&quorum.voters, &quorum.observers}) {
    for (const auto& replica : *all) {
      NodeView* node = find_node(nodes, replica.node);
      if (node == nullptr) node = &nodes.emplace_back(controller_of(quorum, replica.node));
      if (!node->replica) node->replica = replica;
    }
  }
  sort_nodes(nodes);
}

void add_partitions(const kafka::MetadataResponse& metadata, std::vector<NodeView>& nodes) {
  for (const auto& topic : metadata.topics) {
    for (const auto& partition : topic.partitions) {
      if (auto* const leader = find_node(nodes, partition.leader_id)) ++leader->leader_count;
      for (const auto replica : partition.replica_nodes) {
        if (auto* const node = find_node(nodes, replica)) ++node->replica_count;
      }
    }
  }
}

Answer<std::vector<NodeView>> all_nodes(Client& client, std::vector<std::string>& notes) {
  auto brokers = registered_brokers(client);
  if (!brokers) return problem(brokers.error());
  auto nodes = std::move(brokers->nodes);
  const auto quorum = describe_quorum(client);
  if (quorum) {
    add_quorum(*quorum, nodes);
  } else if (quorum.error().code == kNoQuorumLeader) {
    notes.push_back("roles are not known: " + quorum.error().message);
  } else {
    return problem(quorum.error());
  }
  const auto metadata = client.metadata_of_all();
  if (!metadata) return problem(metadata.error());
  add_partitions(*metadata, nodes);
  return nodes;
}

Json node_json(const NodeView& node) {
  const auto& replica = node.replica;
  Json json = {{"node_id", node.id.value()},
               {"host", node.host.empty() ? Json() : Json(node.host)},
               {"port", node.host.empty() ? Json() : Json(node.port)},
               {"rack", node.rack ? Json(*node.rack) : Json()},
               {"fenced", node.fenced ? Json(*node.fenced) : Json()},
               {"role", replica ? Json(replica->role) : Json()},
               {"metadata_lag", replica ? json_of(replica->lag) : Json()},
               {"leader_count", node.leader_count},
               {"replica_count", node.replica_count}};
  json["directory_id"] = replica && replica->directory_id ? Json(*replica->directory_id) : Json();
  json["last_fetch_ms_ago"] = replica ? json_of(replica->last_fetch_ms_ago) : Json();
  return json;
}

Shape node_shape() {
  return {
      .fields = {{"node_id", FieldType::kInteger, "id of the node"},
                 {"host", FieldType::kString,
                  "host that it advertises to clients, or of a controller to other nodes", true},
                 {"port", FieldType::kInteger, "port that belongs to the host", true},
                 {"rack", FieldType::kString, "its rack or availability zone; null without one",
                  true},
                 {"fenced", FieldType::kBoolean,
                  "whether it may lead nothing at the moment; null for a controller that is no "
                  "broker",
                  true},
                 {"role", FieldType::kString,
                  "leader, voter or observer of the metadata quorum; null when not known", true},
                 {"metadata_lag", FieldType::kInteger,
                  "records of metadata that it is behind the leader; null when not known", true},
                 {"leader_count", FieldType::kInteger, "partitions that it leads"},
                 {"replica_count", FieldType::kInteger, "partitions that it holds"},
                 {"directory_id", FieldType::kString,
                  "directory of its metadata log; null when not known", true},
                 {"last_fetch_ms_ago", FieldType::kInteger,
                  "since the quorum's leader last heard of it, in ms; null for the leader and when "
                  "never",
                  true}},
      .columns = {{"NODE", "node_id"},
                  {"HOST", "host"},
                  {"PORT", "port"},
                  {"RACK", "rack"},
                  {"FENCED", "fenced"},
                  {"ROLE", "role"},
                  {"METADATA_LAG", "metadata_lag"},
                  {"LEADERS", "leader_count"},
                  {"REPLICAS", "replica_count"},
                  {"FETCH_MS_AGO", "last_fetch_ms_ago", true},
                  {"DIRECTORY_ID", "directory_id", true}},
      .name = "node_id"};
}

}  // namespace millrace::cli
