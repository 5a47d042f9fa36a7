#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/ids.h"
#include "storage/read_memory.h"

namespace millrace {
class Settings;
}

namespace millrace::broker {

class Authorizer;

/// A shard looks at its timeouts at least this often.
inline constexpr std::chrono::milliseconds kShardTickMax{50};

/// What a shard has to know from the start. The settings outlive it.
struct ShardConfig {
  NodeId node_id;
  std::string cluster_id;
  std::size_t shard_count = 1;
  const Settings* settings = nullptr;
  const Authorizer* authorizer = nullptr;
  std::string log_directory;                   // for DescribeLogDirs
  std::uint64_t seed = 0;                      // fetch session ids
  storage::ReadMemory* read_memory = nullptr;  // outlives the shard
};

/// Counted since the start, by topic name where it says so. Read by node for /metrics.
struct TopicCounters {
  std::uint64_t messages_in = 0;
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  std::uint64_t bytes_rejected = 0;
  std::uint64_t produce_requests = 0;
  std::uint64_t fetch_requests = 0;
  std::uint64_t failed_produce_requests = 0;
  std::uint64_t failed_fetch_requests = 0;
};
struct RequestCounters {
  std::uint64_t requests = 0;
  std::uint64_t errors = 0;  // refused or closed before a handler saw them
  std::uint64_t total_time_us = 0;
};
struct ShardCounters {
  std::map<std::string, TopicCounters> topics;
  std::map<std::string, RequestCounters> requests;  // by API name
  std::uint64_t pending_produce = 0;                // gauges: requests that wait
  std::uint64_t pending_fetch = 0;
};
struct PartitionStats {
  std::string topic;
  TopicPartitionId id;
  Offset log_start;
  Offset log_end;
  Offset high_watermark;
  std::uint64_t bytes = 0;
  std::uint64_t segments = 0;
  bool is_leader = false;
  bool is_offline = false;  // damaged, lost, or its directory is out of use
  std::size_t replica_count = 0;
  std::size_t isr_count = 0;
  std::int32_t min_insync_replicas = 1;
};

}  // namespace millrace::broker
