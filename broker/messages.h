#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "broker/ports.h"
#include "proto/kafka/records/validate.h"
#include "storage/log.h"
#include "storage/read_plan.h"
#include "storage/write_op.h"

/// What one shard, the directory's writer, the I/O pool or the controller tells a shard. Plain
/// values: the simulator may delay them. `asker` and `token` say whom to answer; `slot` is the
/// asker's own mark.
namespace millrace::controller {
class MetadataImage;
struct CommandResult;
}  // namespace millrace::controller

namespace millrace::broker {

/// Names a pending request on the shard that has it.
struct Asker {
  ShardIndex shard;
  std::uint64_t token = 0;
};

/// Append one validated batch to a partition that the receiver owns.
struct AppendAsk {
  Asker asker;
  std::uint32_t slot = 0;
  TopicPartitionId id;
  kafka::ValidatedBatch batch;
  std::int16_t acks = -1;
  bool stamp_append_time = false;
  MonotonicTime deadline;  // when waiting for acks ends with kTimedOut
};
struct AppendAnswer {
  std::uint64_t token = 0;
  std::uint32_t slot = 0;
  std::optional<Error> error;
  Offset base_offset = kNoOffset;
  TimestampMs append_time = kNoTimestamp;
  Offset log_start = kNoOffset;
};

/// One partition of a fetch, as its owner needs it.
struct FetchPart {
  std::uint32_t slot = 0;
  TopicPartitionId id;
  LeaderEpoch current_leader_epoch = kNoLeaderEpoch;  // -1: do not check
  LeaderEpoch last_fetched_epoch = kNoLeaderEpoch;    // -1: do not look for divergence
  Offset offset;
  std::size_t max_bytes = 0;
};
struct FetchAsk {
  Asker asker;
  std::vector<FetchPart> parts;  // all owned by the receiver, in the order to fill them
  std::size_t max_bytes = 0;     // of all parts together, but at least one batch if `at_least_one`
  bool at_least_one = false;
  bool read_committed = false;  // only below the last stable offset
};
struct FetchedPart {
  std::uint32_t slot = 0;
  std::optional<Error> error;
  Offset high_watermark = kNoOffset;
  Offset last_stable_offset = kNoOffset;
  Offset log_start = kNoOffset;
  std::optional<storage::LeaderEpochCache::EpochEnd> diverging;
  BytesChain records;
};
struct FetchAnswer {
  std::uint64_t token = 0;
  std::vector<FetchedPart> parts;
};

/// Tell the asker once when these partitions together have `bytes` more to read than when their
/// high watermarks were as given, or when one of them changes its leader, breaks or goes.
struct WatchAsk {
  Asker asker;
  std::vector<std::pair<TopicPartitionId, Offset>> parts;
  std::uint64_t bytes = 1;
};
struct WatchCancel {
  Asker asker;
};
struct WatchFired {
  std::uint64_t token = 0;
};

/// ListOffsets of one partition. `timestamp` is Kafka's: -1 latest, -2 earliest, -3 largest
/// timestamp, -4 earliest local; others are times.
struct OffsetAsk {
  Asker asker;
  std::uint32_t slot = 0;
  TopicPartitionId id;
  LeaderEpoch current_leader_epoch = kNoLeaderEpoch;
  std::int64_t timestamp = 0;
  bool read_committed = false;
};
struct OffsetAnswer {
  std::uint64_t token = 0;
  std::uint32_t slot = 0;
  std::optional<Error> error;
  storage::FoundRecord found;
};

/// OffsetForLeaderEpoch, DeleteRecords and DescribeLogDirs of one partition.
struct EpochAsk {
  Asker asker;
  std::uint32_t slot = 0;
  TopicPartitionId id;
  LeaderEpoch current_leader_epoch = kNoLeaderEpoch;
  LeaderEpoch epoch;
};
struct EpochAnswer {
  std::uint64_t token = 0;
  std::uint32_t slot = 0;
  std::optional<Error> error;
  storage::LeaderEpochCache::EpochEnd end{kNoLeaderEpoch, kNoOffset};
};
struct DeleteRecordsAsk {
  Asker asker;
  std::uint32_t slot = 0;
  TopicPartitionId id;
  Offset offset;  // -1: up to the high watermark
};
struct DeleteRecordsAnswer {
  std::uint64_t token = 0;
  std::uint32_t slot = 0;
  std::optional<Error> error;
  Offset log_start = kNoOffset;
};
struct SizeAsk {
  Asker asker;
  std::uint32_t slot = 0;
  TopicPartitionId id;
};
struct SizeAnswer {
  std::uint64_t token = 0;
  std::uint32_t slot = 0;
  std::optional<Error> error;
  std::uint64_t bytes = 0;
};

/// Which partitions of the sender cannot be served from its disk: damaged, lost, or in a directory
/// that is out of use. Sent to every shard when it changes, because any shard answers Metadata.
struct OfflineChanged {
  ShardIndex from;
  std::set<TopicPartitionId> offline;
};

/// The I/O pool finished what a ColdJob asked for.
struct ColdDone {
  std::uint64_t token = 0;
  std::variant<Result<storage::ReadResult>, Result<storage::FoundRecord>> result;
};

/// The controller finished a command.
struct CommandDone {
  std::uint64_t token = 0;
  std::shared_ptr<const controller::CommandResult> result;
};

/// A log of this shard, recovered or new.
struct OpenedLog {
  TopicPartitionId id;
  std::string topic;
  std::unique_ptr<storage::Log> log;
};

/// A new metadata image, with the logs that this shard owns from it on. A partition of the image
/// that is assigned here, owned by this shard and has no log is lost or its directory is out of
/// use. A shard answers no request before the first one.
struct MetadataPublished {
  std::shared_ptr<const controller::MetadataImage> image;
  std::vector<OpenedLog> opened;
};

/// What the directory's writer reports, in its order.
struct WriterReport {
  std::vector<storage::WriterEvent> events;
};

struct ShardMessage {
  std::variant<AppendAsk, AppendAnswer, FetchAsk, FetchAnswer, WatchAsk, WatchCancel, WatchFired,
               OffsetAsk, OffsetAnswer, EpochAsk, EpochAnswer, DeleteRecordsAsk,
               DeleteRecordsAnswer, SizeAsk, SizeAnswer, OfflineChanged, ColdDone, CommandDone,
               MetadataPublished, WriterReport>
      body;
};

/// The shard that owns a partition: a pure function, the same in every process and on every start.
ShardIndex shard_of(const TopicPartitionId& id, std::size_t shard_count);

}  // namespace millrace::broker
