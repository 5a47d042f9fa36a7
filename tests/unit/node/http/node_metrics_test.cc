#include "node/http/node_metrics.h"

#include "tests/support/catch.h"

namespace millrace::node {
namespace {

NodeSample two_shards() {
  NodeSample sample;
  sample.shards.resize(2);
  sample.shards[0].counters.topics["a"].bytes_in = 5;
  sample.shards[1].counters.topics["a"].bytes_in = 7;
  sample.shards[1].counters.topics["b"].bytes_in = 1;
  sample.shards[0].counters.requests["Produce"] = {2, 1, 1500};
  sample.shards[1].counters.requests["Produce"] = {3, 0, 500};
  broker::PartitionStats partition;
  partition.topic = "a";
  partition.id.partition = PartitionIndex(4);
  partition.log_end = Offset(12);
  partition.is_leader = true;
  partition.replica_count = 3;
  partition.isr_count = 2;
  partition.min_insync_replicas = 2;
  sample.shards[1].partitions.push_back(partition);
  return sample;
}

bool has_line(const std::string& text, const std::string& line) {
  INFO(text);
  return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

}  // namespace

TEST_CASE("counters are summed over shards, per topic and in all") {
  const auto page = render_metrics(two_shards());
  REQUIRE(has_line(page, "kafka_server_brokertopicmetrics_bytesin_total{topic=\"a\"} 12"));
  REQUIRE(has_line(page, "kafka_server_brokertopicmetrics_bytesin_total{topic=\"b\"} 1"));
  REQUIRE(has_line(page, "kafka_server_brokertopicmetrics_bytesin_total 13"));
  REQUIRE(has_line(page, "kafka_network_requestmetrics_requests_total{request=\"Produce\"} 5"));
  REQUIRE(has_line(page, "kafka_network_requestmetrics_totaltimems_sum{request=\"Produce\"} 2"));
  REQUIRE(has_line(page, "kafka_network_requestmetrics_totaltimems_count{request=\"Produce\"} 5"));
}

TEST_CASE("replicas are judged against the partition's state") {
  const auto page = render_metrics(two_shards());
  REQUIRE(has_line(page, "kafka_server_replicamanager_partitioncount 1"));
  REQUIRE(has_line(page, "kafka_server_replicamanager_underreplicatedpartitions 1"));
  REQUIRE(has_line(page, "kafka_server_replicamanager_underminisrpartitioncount 0"));
  REQUIRE(has_line(page, "kafka_server_replicamanager_atminisrpartitioncount 1"));
  const auto partitions = render_partition_metrics(two_shards());
  REQUIRE(has_line(partitions, "kafka_log_log_logendoffset{topic=\"a\",partition=\"4\"} 12"));
  REQUIRE(has_line(partitions, "kafka_cluster_partition_atminisr{topic=\"a\",partition=\"4\"} 1"));
}

TEST_CASE("the controller and the quorum are on the page, other nodes where they can be") {
  auto sample = two_shards();
  sample.controller.is_active = false;
  sample.controller.timed_out_heartbeats = 2;
  sample.quorum.state = "follower";
  const auto alone = render_metrics(sample);
  REQUIRE(has_line(alone, "kafka_controller_kafkacontroller_activecontrollercount 0"));
  REQUIRE(has_line(alone, "kafka_controller_kafkacontroller_timedoutbrokerheartbeatcount 2"));
  REQUIRE(has_line(alone, "kafka_server_raftmetrics_current_state{current_state=\"follower\"} 1"));
  REQUIRE(alone.find("raftchannelmetrics") == std::string::npos);
  sample.peers = PeerSample();
  REQUIRE(has_line(render_metrics(sample), "millrace_peer_refused_total 0"));
}

}  // namespace millrace::node
