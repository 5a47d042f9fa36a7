#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "broker/shard_config.h"
#include "node/kafka_listener/kafka_listener.h"
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
};

/// Everything that one scrape shows.
struct NodeSample {
  std::vector<ShardSample> shards;
  ControllerSample controller;
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
