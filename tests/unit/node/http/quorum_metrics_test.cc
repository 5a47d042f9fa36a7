#include "node/http/quorum_metrics.h"

#include "tests/support/catch.h"

namespace millrace::node {
namespace {

QuorumSample leading() {
  QuorumSample quorum;
  quorum.state = "leader";
  quorum.epoch = 7;
  quorum.leader = NodeId(2);
  quorum.vote = NodeId(2);
  quorum.high_watermark = 41;
  quorum.log_end = 43;
  quorum.voters = 3;
  quorum.observers = 1;
  quorum.leaderships = 4;
  quorum.appended = 12;
  return quorum;
}

std::string page_of(const QuorumSample& quorum) {
  MetricsText text;
  add_quorum_metrics(text, quorum);
  return text.render();
}

std::string page_of(const PeerSample& peers) {
  MetricsText text;
  add_peer_metrics(text, peers);
  return text.render();
}

bool has_line(const std::string& text, const std::string& line) {
  INFO(text);
  return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

bool names(const std::string& text, const std::string& metric) {
  return text.find(metric) != std::string::npos;
}

}  // namespace

TEST_CASE("the quorum under the names that dashboards know") {
  const auto page = page_of(leading());
  for (const char* const line :
       {"kafka_server_raftmetrics_current_state{current_state=\"leader\"} 1",
        "kafka_server_raftmetrics_current_leader 2", "kafka_server_raftmetrics_current_vote 2",
        "kafka_server_raftmetrics_current_epoch 7", "kafka_server_raftmetrics_high_watermark 41",
        "kafka_server_raftmetrics_log_end_offset 43", "kafka_server_raftmetrics_number_of_voters 3",
        "kafka_server_raftmetrics_number_of_observers 1",
        "kafka_server_raftmetrics_append_records_total 12",
        "kafka_controller_kafkacontroller_newactivecontrollerscount 4",
        "kafka_controller_kafkacontroller_lastcommittedrecordoffset 40"}) {
    CAPTURE(line);
    REQUIRE(has_line(page, line));
  }
}

TEST_CASE("what is not known is left out") {
  auto quorum = leading();
  REQUIRE_FALSE(names(page_of(quorum), "latency"));
  quorum.commit_latency = RecentDurations::Summary{1.5, 4};
  quorum.election_latency = RecentDurations::Summary{20, 30};
  const auto page = page_of(quorum);
  REQUIRE(has_line(page, "kafka_server_raftmetrics_commit_latency_avg 1.5"));
  REQUIRE(has_line(page, "kafka_server_raftmetrics_commit_latency_max 4"));
  REQUIRE(has_line(page, "kafka_server_raftmetrics_election_latency_avg 20"));
  REQUIRE(has_line(page, "kafka_server_raftmetrics_election_latency_max 30"));
  quorum.state = "follower";
  quorum.leader = kNoNode;
  const auto follower = page_of(quorum);
  REQUIRE(has_line(follower, "kafka_server_raftmetrics_current_leader -1"));
  REQUIRE_FALSE(names(follower, "number_of_observers"));
}

TEST_CASE("traffic with other nodes, by node and in all") {
  PeerSample peers;
  auto& second = peers.counters.by_node[NodeId(2)];
  second.messages_out = 10;
  second.messages_in = 9;
  second.messages_dropped = 3;
  second.bytes_out = 100;
  second.bytes_in = 90;
  second.asks_out = 2;
  second.asks_in = 1;
  second.connections_out = 5;
  second.connections_in = 4;
  peers.counters.by_node[NodeId(3)].bytes_out = 11;
  peers.counters.refused_here = 6;
  peers.counters.failed_out = 7;
  peers.counters.malformed = 8;
  const auto page = page_of(peers);
  for (const char* const line :
       {"kafka_server_raftchannelmetrics_outgoing_byte_total 111",
        "kafka_server_raftchannelmetrics_incoming_byte_total 90",
        "millrace_peer_messages_sent_total{node=\"2\"} 10",
        "millrace_peer_messages_sent_total{node=\"3\"} 0",
        "millrace_peer_messages_received_total{node=\"2\"} 9",
        "millrace_peer_messages_dropped_total{node=\"2\"} 3",
        "millrace_peer_questions_sent_total{node=\"2\"} 2",
        "millrace_peer_questions_received_total{node=\"2\"} 1",
        "millrace_peer_connections_made_total{node=\"2\"} 5",
        "millrace_peer_connections_accepted_total{node=\"2\"} 4", "millrace_peer_refused_total 6",
        "millrace_peer_connections_failed_total 7", "millrace_peer_frames_malformed_total 8"}) {
    CAPTURE(line);
    REQUIRE(has_line(page, line));
  }
  REQUIRE_FALSE(names(page, "certificate"));
}

TEST_CASE("the certificate's end is a time in seconds") {
  PeerSample peers;
  peers.certificate_expires_at = TimestampMs(2'000'000'500);
  REQUIRE(
      has_line(page_of(peers), "millrace_peer_certificate_expires_at_timestamp_seconds 2000000.5"));
}

}  // namespace millrace::node
