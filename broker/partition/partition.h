#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "broker/messages.h"
#include "broker/partition/outbox.h"
#include "broker/partition/partition_role.h"
#include "broker/partition/produce_waiters.h"
#include "broker/partition/replica_set.h"
#include "broker/shard_config.h"
#include "storage/log.h"

namespace millrace::broker {

/// One replica of one partition: its log, and as leader the high watermark and who waits for acks.
/// Owned by the PartitionHost of the shard that owns the partition; lives on that loop.
///
/// Invariants:
///  1. Nothing at or above the high watermark is shown to a client; the high watermark never falls.
///  2. Every append that was stored is answered once: at its acks, at its timeout, or with the
///  error
///     that ended the wait.
///  3. A replica that is not the leader of its epoch, or offline, stores and shows nothing.
/// Survives a crash: what the log keeps. The high watermark is found anew from the replicas' ends.
class Partition {
 public:
  /// Without a log the partition is lost or its directory out of use.
  Partition(TopicPartitionId id, std::string topic, NodeId self, std::unique_ptr<storage::Log> log);

  /// Takes over what metadata says. True when watchers have to look: leader or epoch changed.
  bool on_role(const PartitionRole& role, const storage::LogConfig& config, Outbox& outbox);

  /// Answers through the outbox, at once or when its acks are there.
  void append(AppendAsk ask, Now now, Outbox& outbox);

  /// One partition of a fetch: the answer but for its records, and the plan to read those.
  struct ReadStart {
    FetchedPart part;
    std::optional<storage::ReadPlan> plan;
  };
  ReadStart begin_read(const FetchPart& ask, bool read_committed, std::size_t max_bytes);
  void keep_index(const storage::ReadPlan& plan, std::shared_ptr<storage::SegmentIndex> index);
  /// The log cut or deleted what the plan is about: plan again.
  [[nodiscard]] bool is_outdated(const storage::ReadPlan& plan) const;

  /// An answer, or the search that finds it.
  std::variant<OffsetAnswer, FindByTime> find_offset(const OffsetAsk& ask);
  [[nodiscard]] EpochAnswer end_of_epoch(const EpochAsk& ask) const;
  DeleteRecordsAnswer delete_records(const DeleteRecordsAsk& ask);

  void on_event(const storage::LogWritten& event, Outbox& outbox);
  void on_event(const storage::LogDurable& event, Outbox& outbox);
  void on_event(const storage::LogTruncated& event, Outbox& outbox);
  void on_event(const storage::FileReplaced& event, Outbox& outbox);
  void on_event(const storage::SegmentSaved& event, Outbox& outbox);
  void on_event(const storage::LogWriteFailed& event, Outbox& outbox);
  void on_event(const storage::DirectoryFenced& event, Outbox& outbox);

  void expire_waiters(MonotonicTime now, Outbox& outbox);
  /// Retention, and producers that are long silent.
  void maintain(TimestampMs now);
  /// After kNoSpace: lets the next append try again.
  void retry_after_no_space();
  /// Before the log is destroyed: answers who waits.
  void fail_waiters(const Error& error, Outbox& outbox);
  /// Writes what makes the next start fast and syncs everything.
  void close();

  /// What the writer has to do; empty afterwards.
  std::vector<storage::WriteOp> take_ops();
  /// Bytes that the high watermark has passed since the last call.
  std::uint64_t take_growth() { return std::exchange(growth_, 0); }
  /// Bytes appended and not written yet.
  [[nodiscard]] std::uint64_t unwritten_bytes() const { return unwritten_bytes_; }

  [[nodiscard]] const TopicPartitionId& id() const { return id_; }
  [[nodiscard]] const std::string& topic() const { return topic_; }
  [[nodiscard]] bool is_leader() const { return role_.leader == self_; }
  [[nodiscard]] bool has_waiters() const { return !waiters_.empty(); }
  [[nodiscard]] std::size_t waiter_count() const { return waiters_.size(); }
  /// Damaged, lost, or in a directory that is out of use.
  [[nodiscard]] bool is_offline() const;
  /// Why the log directory is out of use, once it is.
  [[nodiscard]] const std::optional<Error>& fenced() const { return fenced_; }
  [[nodiscard]] Offset high_watermark() const { return high_watermark_; }
  /// Without transactions everything below the high watermark is decided.
  [[nodiscard]] Offset last_stable_offset() const { return high_watermark_; }
  [[nodiscard]] std::uint64_t bytes() const { return log_ ? log_->bytes() : 0; }
  [[nodiscard]] const storage::Log* log() const { return log_.get(); }
  [[nodiscard]] PartitionStats stats() const;
  [[nodiscard]] std::string describe() const;

 private:
  struct Appended {
    Offset end_offset;
    std::uint64_t bytes;
  };

  [[nodiscard]] Status check_leader(LeaderEpoch asked) const;
  [[nodiscard]] Status check_append(std::int16_t acks) const;
  [[nodiscard]] Offset acked_end() const;
  [[nodiscard]] std::optional<storage::LeaderEpochCache::EpochEnd> divergence(
      const FetchPart& ask) const;
  void advance(Outbox& outbox);
  [[nodiscard]] ProduceWaiters::Answer answers(Outbox& outbox) const;
  static std::uint64_t pop_below(std::deque<Appended>& appended, Offset end);

  const TopicPartitionId id_;
  const std::string topic_;
  const NodeId self_;
  std::unique_ptr<storage::Log> log_;
  PartitionRole role_;
  ReplicaSet replicas_;
  Offset high_watermark_{0};
  Offset epoch_start_{0};  // log end when this node became leader
  ProduceWaiters waiters_;
  std::deque<Appended> unwritten_;
  std::deque<Appended> unread_;  // not below the high watermark yet
  std::uint64_t unwritten_bytes_ = 0;
  std::uint64_t growth_ = 0;
  std::optional<Error> fenced_;
};

}  // namespace millrace::broker
