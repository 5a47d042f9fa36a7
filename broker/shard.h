#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "broker/messages.h"
#include "broker/ports.h"
#include "broker/shard_config.h"

namespace millrace::broker {

/// The part of a broker that lives on one loop: the partitions it owns, the fetch sessions and
/// requests of its connections. A core: it acts only through ShardPorts and knows the time only
/// from Now. All calls come from its loop. Any shard takes any request; what belongs to partitions
/// of other shards it asks for by message.
class Shard {
 public:
  Shard(ShardIndex index, ShardConfig config, ShardPorts& ports);
  ~Shard();

  /// One request frame, without its length. Answered through ports.reply, perhaps much later.
  void on_request(Now now, RequestId id, const RequestContext& context, SharedBytes frame);
  /// Forgets what waits for this connection.
  void on_connection_closed(Now now, ConnectionId connection);
  void on_message(Now now, ShardMessage message);
  /// Timeouts, retention, expiry. Call it at least every kShardTickMax.
  void on_tick(Now now);
  /// When the next request times out; calling on_tick then makes long polls end on time.
  [[nodiscard]] std::optional<MonotonicTime> next_deadline() const;

  /// Writes checkpoints of all logs and asks for a last sync; later appends are refused. Done when
  /// the writer is idle again.
  void close(Now now);

  [[nodiscard]] const ShardCounters& counters() const;
  /// Per partition, for /metrics; sorted by topic and partition.
  [[nodiscard]] std::vector<PartitionStats> partition_stats() const;
  [[nodiscard]] std::string describe() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace millrace::broker
