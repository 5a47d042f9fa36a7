#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "broker/limits.h"
#include "broker/messages.h"
#include "broker/partition/cold_reads.h"
#include "broker/partition/fetch_job.h"
#include "broker/partition/outbox.h"
#include "broker/partition/partition.h"
#include "broker/partition/watches.h"

namespace millrace::broker {

/// What metadata says about one partition that this shard owns on this node.
struct HostedPartition {
  TopicPartitionId id;
  std::string topic;
  PartitionRole role;
  storage::LogConfig config;
};

/// The partitions that one shard owns: brings what is asked and reported to the right one, and
/// keeps what several of them share (watches, disk reads, the bound on unwritten bytes). Owned by
/// the Shard, lives on its loop. Everything it wants done is in the outbox when a call returns.
class PartitionHost {
 public:
  /// `unwritten_bytes_max`: see kUnwrittenBytesMax.
  PartitionHost(ShardIndex self, NodeId node, std::size_t shard_count,
                storage::ReadMemory& read_memory,
                std::uint64_t unwritten_bytes_max = kUnwrittenBytesMax)
      : self_(self),
        node_(node),
        shard_count_(shard_count),
        read_memory_(read_memory),
        unwritten_bytes_max_(unwritten_bytes_max) {}

  /// `assigned` is everything that this shard owns from now on, `opened` the logs of those that are
  /// new.
  void on_metadata(const std::vector<HostedPartition>& assigned, std::vector<OpenedLog> opened);

  void on_ask(Now now, AppendAsk ask);
  void on_ask(FetchAsk ask);
  void on_ask(WatchAsk ask);
  void on_ask(WatchCancel ask);
  void on_ask(OffsetAsk ask);
  void on_ask(EpochAsk ask);
  void on_ask(DeleteRecordsAsk ask);
  void on_ask(SizeAsk ask);

  void on_report(const WriterReport& report);
  void on_cold_done(ColdDone done);
  void on_tick(Now now);
  void close();

  Outbox take_outbox() { return std::exchange(outbox_, {}); }
  [[nodiscard]] const std::map<TopicPartitionId, std::unique_ptr<Partition>>& partitions() const {
    return partitions_;
  }
  /// Appends that wait for their acks.
  [[nodiscard]] std::size_t waiting_appends() const;
  [[nodiscard]] std::string describe() const;

 private:
  struct OffsetSearch {
    OffsetAsk ask;
    std::vector<storage::ReadPlan> plans;
  };

  Partition* find(const TopicPartitionId& id);
  [[nodiscard]] FetchJob::Find finder();
  void settle(Partition& partition);
  void tell(const std::vector<Asker>& askers);
  void remove_unassigned(const std::vector<HostedPartition>& assigned);
  void go_on(FetchJob job);
  void finish(OffsetSearch search, Result<storage::FoundRecord> found);
  void publish_offline();
  void fence(const storage::DirectoryFenced& event);

  const ShardIndex self_;
  const NodeId node_;
  const std::size_t shard_count_;
  storage::ReadMemory& read_memory_;
  const std::uint64_t unwritten_bytes_max_;
  std::map<TopicPartitionId, std::unique_ptr<Partition>> partitions_;
  std::map<TopicPartitionId, std::uint64_t> unwritten_;  // of those that have any
  std::uint64_t unwritten_bytes_ = 0;                    // their sum
  std::set<TopicPartitionId> with_waiters_;
  std::set<TopicPartitionId> offline_;
  Watches watches_;
  ColdReads cold_reads_;
  std::uint64_t next_token_ = 1;
  std::map<std::uint64_t, std::variant<FetchJob, OffsetSearch>> cold_waiters_;
  MonotonicTime next_space_retry_;
  MonotonicTime next_retention_;
  Outbox outbox_;
};

}  // namespace millrace::broker
