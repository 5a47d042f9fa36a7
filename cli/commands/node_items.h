#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cli/client/client.h"
#include "cli/commands/quorum_view.h"
#include "cli/output/json.h"
#include "cli/output/shape.h"

/// Nodes with what each of them does: the same item in list and describe, and what health looks at.
namespace millrace::cli {

/// A registered broker, or a voter that is none. What the cluster does not tell is absent.
struct NodeView {
  NodeId id;
  std::string host;  // as clients reach it; "" when not told
  int port = 0;
  std::optional<std::string> rack;
  std::optional<bool> fenced;            // absent for a controller that is no broker
  std::optional<QuorumReplica> replica;  // its copy of the metadata log
  int leader_count = 0;
  int replica_count = 0;
};

/// Registered brokers by id, fenced ones included as far as the cluster tells them.
struct Brokers {
  std::vector<NodeView> nodes;
  /// Clusters before Kafka 4.0 leave fenced brokers out.
  bool tells_fenced = true;
};
Answer<Brokers> registered_brokers(Client& client);

/// Adds what each node does in the quorum, and voters that are no brokers.
void add_quorum(const QuorumView& quorum, std::vector<NodeView>& nodes);
/// Counts partitions.
void add_partitions(const kafka::MetadataResponse& metadata, std::vector<NodeView>& nodes);

/// All three; without a leader of the quorum `note` says so, and roles are absent.
Answer<std::vector<NodeView>> all_nodes(Client& client, std::vector<std::string>& notes);

Json node_json(const NodeView& node);
/// Fields and columns of node_json.
Shape node_shape();

}  // namespace millrace::cli
