#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "proto/kafka/records/validate.h"
#include "storage/leader_epoch_cache.h"
#include "storage/log_config.h"
#include "storage/log_segment.h"
#include "storage/producer_state.h"
#include "storage/read_plan.h"
#include "storage/segment_index.h"
#include "storage/truncation.h"
#include "storage/write_op.h"

namespace millrace::storage {

/// Bytes of one log that fail their checks below what was acked. The file is kept as it is; the log
/// serves what lies below and refuses appends.
struct Damage {
  std::string file;
  std::uint64_t position = 0;
  Offset first_offset;  // nothing from here on is served
  std::string what;
};

/// What recovery found, or what a new log begins with.
struct LogState {
  TopicPartitionId id;
  std::string directory;
  std::vector<LogSegment> segments;  // sorted; the last is active and has an index
  Offset log_start;
  LeaderEpochCache epochs;
  ProducerState producers{1};
  std::vector<Offset> snapshots;  // of producers, that exist or are about to; sorted
  std::optional<Damage> damage;
};

struct AppendResult {
  Offset first_offset;
  Offset last_offset;
  TimestampMs append_time = kNoTimestamp;  // with log append time, else -1
  bool duplicate = false;                  // already stored before, at these offsets
};

/// The log of one partition: offsets, segments, indexes, epochs and producers. Owned by one loop;
/// never blocks and does no I/O of its own: what it wants from the disk waits in take_ops() for the
/// directory's writer, and the writer's answers come back through the on_ functions.
///
/// Invariants, checked by check_invariants():
///  1. log_start <= durable_end <= written_end <= log_end.
///  2. Segments are sorted, adjoin each other, and the last one is active.
///  3. A batch lies in the segment whose base offset is the largest at or below its own.
///  4. Epochs and offsets of batches never decrease.
/// Survives a crash: everything below durable_end; what lies above is kept as a prefix or cut.
class Log {
 public:
  Log(LogState state, LogConfig config);

  [[nodiscard]] const TopicPartitionId& id() const { return state_.id; }
  [[nodiscard]] const std::string& directory() const { return state_.directory; }
  [[nodiscard]] Offset log_start() const { return state_.log_start; }
  /// Offset that the next record gets.
  [[nodiscard]] Offset log_end() const { return state_.segments.back().end_offset; }
  /// End of what is in the page cache and so can be read.
  [[nodiscard]] Offset written_end() const { return written_end_; }
  /// End of what survives a power cut.
  [[nodiscard]] Offset durable_end() const { return durable_end_; }
  [[nodiscard]] std::uint64_t bytes() const;
  [[nodiscard]] std::size_t segment_count() const { return state_.segments.size(); }
  [[nodiscard]] const LeaderEpochCache& epochs() const { return state_.epochs; }
  [[nodiscard]] const ProducerState& producers() const { return state_.producers; }
  [[nodiscard]] const std::optional<Damage>& damage() const { return state_.damage; }
  [[nodiscard]] const LogConfig& config() const { return config_; }
  /// Takes effect from the next append or retention on.
  void set_config(const LogConfig& config) { config_ = config; }

  /// Appends one validated batch: gives it offsets and the leader's epoch. With `append_time` the
  /// batch is stamped with it. Requires: batch.bytes fit the configured segment.
  ///
  /// Errors: kInvalidProducerEpoch, kOutOfOrderSequence (nothing stored), kNoSpace while the disk
  /// is full (see resume), kStorageError when the log is damaged or fenced, kFencedLeaderEpoch.
  Result<AppendResult> append(kafka::ValidatedBatch batch, LeaderEpoch epoch,
                              std::optional<TimestampMs> append_time, TimestampMs now);

  /// Notes that `epoch` begins at log_end, as a leader does before its first append, so that its
  /// end can be asked for.
  void start_epoch(LeaderEpoch epoch);

  /// A plan for what lies in [from, limit), at most `max_bytes` but at least one batch; `limit` is
  /// cut to written_end. Nothing when there is nothing to read. Errors: kOffsetOutOfRange outside
  /// [log_start, log_end], kStorageError at or above damage.
  Result<std::optional<ReadPlan>> plan_read(Offset from, Offset limit, std::size_t max_bytes);

  /// Whether the log cut or deleted what the plan is about: then what came of it means nothing, not
  /// even an error. Plan again.
  [[nodiscard]] bool outdated(const ReadPlan& plan) const;

  /// Plans for find_by_time to try in order, each for one segment, until one finds the first record
  /// with at least `timestamp` below `limit`.
  [[nodiscard]] std::vector<ReadPlan> plan_find_by_time(TimestampMs timestamp, Offset limit);

  /// The largest timestamp and the last offset of the batch that has it; kNoOffset when the log is
  /// empty. find_by_time with this timestamp finds the record.
  [[nodiscard]] FoundRecord max_timestamp() const;

  /// Keeps an index that a read loaded.
  void install(const ReadPlan& plan, std::shared_ptr<SegmentIndex> index);
  /// Lets go of all indexes that can be read again: for logs that nobody reads.
  void release_indexes();

  /// Moves the log start up to `offset` and removes the segments below it. Requires: offset <=
  /// log_end.
  void delete_records(Offset offset);

  /// Applies retention by time and size to what lies below `high_watermark`; true when something
  /// went.
  bool apply_retention(TimestampMs now, Offset high_watermark);

  /// A plan for locate_cut(), to learn where truncation at `end` cuts. Requires: log_start <= end <
  /// log_end, and written_end == log_end.
  [[nodiscard]] TruncationPlan plan_truncate(Offset end, TimestampMs now);
  /// Cuts everything from `cut` on. Until on_truncated the log refuses appends. False, and nothing
  /// is changed, when the log took back or deleted something since the plan: plan again.
  [[nodiscard]] bool truncate(const Cut& cut);

  /// Starts a new segment if the active one is not empty: seals it and writes a producer snapshot.
  void roll();

  /// Writes what recovery would otherwise have to rebuild: indexes, producer snapshot. Nothing when
  /// nothing was appended since the last time. append() does it by itself every kCheckpointBytes.
  void checkpoint();

  /// The last operations of a log that is closed in order: checkpoint and flush.
  void close();

  /// Forgets idle producers.
  void expire_producers(TimestampMs now);

  /// Asks for everything so far to be synced, whatever the durability.
  void flush();

  /// What the writer has to do, in order; empty afterwards.
  std::vector<WriteOp> take_ops() { return std::exchange(ops_, {}); }

  // Answers of the writer. Those of an older generation are ignored.
  void on_written(const LogWritten& event);
  void on_durable(const LogDurable& event);
  void on_truncated(const LogTruncated& event);
  void on_saved(const SegmentSaved& event);
  /// Takes back everything at or above the good end. Appends are refused until resume().
  void on_write_failed(const LogWriteFailed& event);
  /// The directory is lost: no more appends in this life.
  void on_fenced(const Error& error);
  /// Allows appends again after on_write_failed; a fenced log stays fenced.
  void resume();
  /// Why appends are refused, if they are.
  [[nodiscard]] const std::optional<Error>& refusal() const { return refusal_; }

  void check_invariants() const;
  [[nodiscard]] std::string describe() const;

 private:
  /// What the log was before one append that is not written yet.
  struct Pending {
    Offset base_offset;
    TimestampMs max_timestamp;  // of the segment, before
    Offset max_timestamp_offset;
    std::uint64_t position;
    ProducerId producer = kNoProducerId;
    std::optional<ProducerEntry> producer_before;
  };

  LogSegment& active() { return state_.segments.back(); }
  [[nodiscard]] LogRef ref() const { return {state_.id, generation_}; }
  Status check_append(const kafka::ValidatedBatch& batch, LeaderEpoch epoch) const;
  void maybe_roll(const kafka::ValidatedBatch& batch, TimestampMs now);
  void maybe_checkpoint();
  void open_segment(Offset base);
  void seal(LogSegment& segment);
  void snapshot_producers();
  std::vector<std::string> forget_snapshots();
  void note_epoch(LeaderEpoch epoch, Offset start);
  void rewind(Offset end);
  void write_epochs();
  void unload_indexes();
  void remove_segments_below(Offset offset);
  [[nodiscard]] std::size_t segment_holding(Offset offset) const;
  [[nodiscard]] std::uint64_t readable_bytes(const LogSegment& segment) const;
  ReadPlan plan_for(std::size_t segment, Offset from, Offset limit, std::size_t max_bytes);
  [[nodiscard]] ReadPlan plan_by_time(std::size_t segment, TimestampMs timestamp, Offset limit);

  LogState state_;
  LogConfig config_;
  Offset written_end_;
  Offset durable_end_;
  std::uint32_t generation_ = 0;
  std::optional<Error> refusal_;
  bool truncating_ = false;
  std::vector<WriteOp> ops_;
  std::deque<Pending> pending_;      // appends that are not written yet, oldest first
  std::vector<Offset> loaded_;       // base offsets of saved segments with an index, last used last
  Offset checkpointed_ = kNoOffset;  // log end at the last checkpoint
  std::uint64_t checkpointed_bytes_ = 0;  // of the active segment then
};

}  // namespace millrace::storage
