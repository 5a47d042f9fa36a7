#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "broker/shard_config.h"
#include "node/kafka_listener/kafka_listener.h"
#include "node/peer/peer_counters.h"
#include "node/quorum/recent_durations.h"
#include "storage/directory_writer.h"
#include "storage/file_system.h"

namespace millrace::node {

/// What a shard hands out for one scrape.
struct ShardSample {
  broker::ShardCounters counters;
  std::vector<broker::PartitionStats> partitions;
};

/// What the controller knows about the cluster.
struct ControllerSample {
  bool is_active = true;
  std::uint64_t active_brokers = 0;
  std::uint64_t fenced_brokers = 0;
  std::uint64_t topics = 0;
  std::uint64_t partitions = 0;
  std::uint64_t offline_partitions = 0;
  std::int64_t last_applied_offset = -1;
  std::uint64_t timed_out_heartbeats = 0;  // brokers that this controller fenced for their silence
};

/// What a scrape and a description show of the quorum.
struct QuorumSample {
  std::string state;  // "leader", "follower", "observer", "candidate" or "prospective"
  std::int32_t epoch = 0;
  NodeId leader = kNoNode;
  NodeId vote = kNoNode;
  std::int64_t high_watermark = 0;
  std::int64_t log_end = 0;
  std::size_t voters = 0;
  std::size_t observers = 0;                               // known to a leader
  std::uint64_t elections = 0;                             // this node came to lead
  std::uint64_t leaderships = 0;                           // anybody's that this node has learnt of
  std::uint64_t appended = 0;                              // entries
  std::optional<RecentDurations::Summary> commit_latency;  // of a leader
  std::optional<RecentDurations::Summary> election_latency;
};

/// What a scrape shows of the connections to other nodes.
struct PeerSample {
  PeerCounters counters;
  std::optional<TimestampMs> certificate_expires_at;
};

/// Everything that one scrape shows.
struct NodeSample {
  std::vector<ShardSample> shards;
  ControllerSample controller;
  QuorumSample quorum;
  std::optional<PeerSample> peers;  // without: no listener for other nodes
  KafkaListener::Stats listener{};
  storage::WriterCounters writer;
  bool is_log_directory_offline = false;
  storage::Space disk{};
  double start_time_seconds = 0;
};

/// The page /metrics: the whole node, and per topic. Names in the style that Strimzi's rules give
/// Kafka's (docs/operations/metrics.md).
std::string render_metrics(const NodeSample& sample);

/// The page /metrics/partitions.
std::string render_partition_metrics(const NodeSample& sample);

}  // namespace millrace::node
