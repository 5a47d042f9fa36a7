#include "node/http/quorum_metrics.h"

#include <string>

namespace millrace::node {
namespace {

const std::string kRaft = "kafka_server_raftmetrics_";
const std::string kController = "kafka_controller_kafkacontroller_";
const std::string kChannel = "kafka_server_raftchannelmetrics_";

template <class Number>
double number(Number value) {
  return static_cast<double>(value);
}

void add_latency(MetricsText& text, const std::string& name, const std::string& what,
                 const std::optional<RecentDurations::Summary>& latency) {
  if (!latency) return;
  text.gauge(kRaft + name + "_avg", "Mean milliseconds " + what, latency->mean_ms);
  text.gauge(kRaft + name + "_max", "Most milliseconds " + what, latency->max_ms);
}

void add_node(MetricsText& text, NodeId id, const PeerTraffic& traffic) {
  struct Column {
    const char* name;
    std::uint64_t PeerTraffic::* value;
    const char* help;
  };
  static constexpr Column kColumns[] = {
      {"messages_sent", &PeerTraffic::messages_out, "Quorum messages sent to the node."},
      {"messages_received", &PeerTraffic::messages_in, "Quorum messages from the node."},
      {"messages_dropped", &PeerTraffic::messages_dropped,
       "Quorum messages to the node that were not sent: not connected, or too many waited."},
      {"questions_sent", &PeerTraffic::asks_out, "Questions to the node."},
      {"questions_received", &PeerTraffic::asks_in, "Questions of the node."},
      {"connections_made", &PeerTraffic::connections_out, "Connections made to the node."},
      {"connections_accepted", &PeerTraffic::connections_in, "Connections taken from the node."},
  };
  for (const auto& column : kColumns) {
    text.counter(std::string("millrace_peer_") + column.name + "_total", column.help,
                 number(traffic.*column.value), {{"node", std::to_string(id.value())}});
  }
}

}  // namespace

void add_quorum_metrics(MetricsText& text, const QuorumSample& quorum) {
  text.gauge(kRaft + "current_state", "1 for the role that this node has in the quorum.", 1,
             {{"current_state", quorum.state}});
  text.gauge(kRaft + "current_leader", "Node that leads, as far as is known here; -1: unknown.",
             number(quorum.leader.value()));
  text.gauge(kRaft + "current_vote", "Node that this one voted for in the epoch; -1: none.",
             number(quorum.vote.value()));
  text.gauge(kRaft + "current_epoch", "Epoch of the quorum.", number(quorum.epoch));
  text.gauge(kRaft + "high_watermark", "End of what is committed.", number(quorum.high_watermark));
  text.gauge(kRaft + "log_end_offset", "End of the metadata log here.", number(quorum.log_end));
  text.gauge(kRaft + "number_of_voters", "Voters of the quorum.", number(quorum.voters));
  if (quorum.state == "leader") {
    text.gauge(kRaft + "number_of_observers", "Nodes without a vote that follow this leader.",
               number(quorum.observers));
  }
  text.counter(kRaft + "append_records_total", "Entries appended to the metadata log here.",
               number(quorum.appended));
  add_latency(text, "commit_latency", "from a change to its commit; the last minute of a leader.",
              quorum.commit_latency);
  add_latency(text, "election_latency",
              "from this node's candidacy until it knew the leader; the last minute.",
              quorum.election_latency);
  text.counter(kController + "newactivecontrollerscount",
               "Leaderships of the quorum that this node has learnt of.",
               number(quorum.leaderships));
  text.gauge(kController + "lastcommittedrecordoffset", "Newest committed metadata offset.",
             number(quorum.high_watermark - 1));
}

void add_peer_metrics(MetricsText& text, const PeerSample& peers) {
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  for (const auto& [id, traffic] : peers.counters.by_node) {
    bytes_in += traffic.bytes_in;
    bytes_out += traffic.bytes_out;
    add_node(text, id, traffic);
  }
  text.counter(kChannel + "incoming_byte_total", "Bytes from other nodes, before TLS.",
               number(bytes_in));
  text.counter(kChannel + "outgoing_byte_total", "Bytes to other nodes, before TLS.",
               number(bytes_out));
  text.counter("millrace_peer_refused_total", "Nodes that were turned down here.",
               number(peers.counters.refused_here));
  text.counter("millrace_peer_connections_failed_total",
               "Attempts to reach a node that failed or were turned down.",
               number(peers.counters.failed_out));
  text.counter("millrace_peer_frames_malformed_total",
               "Frames of other nodes that could not be read or were not theirs to send.",
               number(peers.counters.malformed));
  if (!peers.certificate_expires_at) return;
  text.gauge("millrace_peer_certificate_expires_at_timestamp_seconds",
             "When this node's certificate for other nodes runs out.",
             number(peers.certificate_expires_at->value()) / 1000);
}

}  // namespace millrace::node
