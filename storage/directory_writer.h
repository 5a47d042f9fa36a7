#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "storage/checkpoint_file.h"
#include "storage/file_system.h"
#include "storage/journal.h"
#include "storage/steps.h"
#include "storage/write_op.h"

namespace millrace::storage {

/// A round carries bytes in the journal up to this; more of them sync their files instead.
inline constexpr std::uint64_t kJournalRoundBytesMax = 16 << 20;
/// ... and only where files are many and their parts small: beyond this average a file is synced
/// itself.
inline constexpr std::uint64_t kJournalBytesPerFileMax = 128 << 10;
/// Write-back of a file is started whenever so much of it was written.
inline constexpr std::uint64_t kWriteBackBytes = 4 << 20;
/// A checkpoint is wanted after this many written bytes, however little of them is in the journal:
/// until then the index files of what was written wait, and recovery would read it all.
inline constexpr std::uint64_t kCheckpointEveryBytes = 256 << 20;

/// A log as its directory's writer knows it from the start.
struct OpenLog {
  TopicPartitionId id;
  std::string topic;
  std::string directory;
  Offset durable_end;
  Offset log_start;
};

/// What makes one set of writes durable: syncs of files and one journal record. Made by the writer,
/// run() on any thread, handed back to the writer.
class CommitRound {
 public:
  virtual ~CommitRound() = default;
  /// Blocks. What happened is noted inside.
  virtual void run(const RunAll& run_all) = 0;
};

/// What makes journal space free again: writes sums and deferred files, syncs everything recorded
/// so far, moves the checkpoints. Made by the writer, run() on any thread beside rounds, handed
/// back.
class Checkpoint {
 public:
  virtual ~Checkpoint() = default;
  virtual void run(const RunAll& run_all) = 0;
};

struct WriterCounters {
  std::uint64_t rounds = 0;
  std::uint64_t journal_rounds = 0;  // of them, those whose bytes went to the journal
  std::uint64_t bytes_written = 0;
  std::uint64_t journal_bytes = 0;
  std::uint64_t checkpoints = 0;
};

/// Carries out the write operations of all logs in one directory, in order, and makes them durable
/// in commit rounds. A core: it has no thread; owned by the writer thread, which calls everything
/// here.
///
/// Invariants:
///  1. LogDurable(end) is reported only after everything below `end` is synced, in the segment or
///  the
///     journal, and a journal record that names `end` is synced too.
///  2. At most one round and one checkpoint are out at a time. While a round is out its thread has
///     the journal: wants_checkpoint, start_checkpoint and finish_checkpoint wait until it is back.
///  3. After a failure that is not lack of space nothing is written or reported as done any more.
class DirectoryWriter {
 public:
  DirectoryWriter(FileSystem& files, std::string directory, Journal journal);
  ~DirectoryWriter();

  void add_log(const OpenLog& log);
  /// Later operations of this log are dropped. Its files are no longer touched once quiet(): rename
  /// or remove its directory only then, or a round or checkpoint that is out misses them, and the
  /// directory is fenced.
  void remove_log(const TopicPartitionId& id);

  /// Writes to the page cache at once; syncs nothing.
  void submit(WriteOp op);

  /// A round for everything submitted since the last, or nothing: none is needed, one is out, or
  /// the journal waits for a checkpoint (see wants_checkpoint).
  std::unique_ptr<CommitRound> start_round();
  void finish_round(std::unique_ptr<CommitRound> round);

  /// True when journal space runs low or kCheckpointEveryBytes were written: begin a checkpoint
  /// now.
  [[nodiscard]] bool wants_checkpoint() const;
  /// Nothing when one is out or the directory is fenced.
  std::unique_ptr<Checkpoint> start_checkpoint();
  void finish_checkpoint(std::unique_ptr<Checkpoint> checkpoint);

  /// What happened since the last call, in order.
  std::vector<WriterEvent> take_events() { return std::exchange(events_, {}); }

  /// Neither a round nor a checkpoint is out: nobody else has files of this directory in hand.
  [[nodiscard]] bool quiet() const { return !round_out_ && !checkpoint_out_; }
  /// No operation waits for a round, and none is out.
  [[nodiscard]] bool idle() const;
  [[nodiscard]] const std::optional<Error>& fenced() const { return fenced_; }
  [[nodiscard]] const WriterCounters& counters() const { return counters_; }

 private:
  struct SegmentState {
    std::shared_ptr<SegmentFiles> files;
    std::vector<SumEntry> unsaved_sums;  // not in the sum file yet
    std::uint64_t unstarted_write_back = 0;
    std::uint64_t written_to = 0;
    bool unsynced = false;                   // written since the last checkpoint
    std::optional<std::uint64_t> sealed_at;  // index files wait for the checkpoint
  };
  struct LogState {
    std::string topic;
    std::string directory;
    std::uint32_t generation_min = 0;
    Offset written_end;
    Offset durable_end;
    Offset log_start;
    Offset checkpointed_end;  // in the recovery-point file
    std::map<Offset, SegmentState> segments;
    bool directory_unsynced = false;  // since the last checkpoint
    // For the next round:
    JournalRecord pending;
    std::uint64_t pending_bytes = 0;
    bool new_files = false;        // whose names are not durable yet
    bool flushing = false;         // the next round syncs all segments that need it
    bool written_unasked = false;  // bytes in memory durability since the last flush
    LogRef ref;
    std::vector<Offset> dirty;  // segments with bytes that a round has to make durable
    std::vector<DeleteSegmentsOp> deletions;
    std::optional<TruncateOp> truncation;
  };
  struct RoundLog;
  class Round;
  class CheckpointJob;

  void execute(LogState& log, CreateSegmentOp& op);
  void execute(LogState& log, AppendOp& op);
  void execute(LogState& log, SealSegmentOp& op);
  void execute(LogState& log, ReplaceFileOp& op);
  void execute(LogState& log, TruncateOp& op);
  void execute(LogState& log, DeleteSegmentsOp& op);
  void execute(LogState& log, FlushOp& op);

  SegmentState* segment(LogState& log, const std::shared_ptr<SegmentFiles>& files);
  void write_failed(LogState& log, const AppendOp& op, const Error& error);
  Status discard(const std::string& path);
  void change_files();
  Status make_cut(LogState& log, const TruncateOp& op);
  Status cut_sums(SegmentState& segment, std::uint64_t size);
  Status forget_checkpointed_end(LogState& log, Offset end);
  Status write_checkpoints();
  Status remove_segments(LogState& log, const DeleteSegmentsOp& op);
  void want_round(const TopicPartitionId& id, LogState& log, const LogRef& ref);
  void take_everything(const TopicPartitionId& id, LogState& log, Round& round);
  void give_back(Round& round);
  void settle(CheckpointJob& job);
  void take_back(CheckpointJob& job);
  void fence(const Error& error);
  bool check(const Status& status);

  FileSystem& files_;
  const std::string directory_;
  Journal journal_;
  std::map<TopicPartitionId, LogState> logs_;
  std::set<TopicPartitionId> waiting_;  // logs that want a round
  std::map<std::string, std::vector<std::uint8_t>>
      deferred_;  // small files, written by the next checkpoint
  // Recorded in the journal, not made yet:
  std::vector<DeleteSegmentsOp> deletions_;
  std::vector<TruncateOp> cuts_;
  std::vector<WriterEvent> events_;
  std::optional<Error> fenced_;
  bool round_out_ = false;
  bool checkpoint_out_ = false;
  bool journal_full_ = false;
  std::uint64_t bytes_checkpointed_ = 0;  // of counters_.bytes_written, when the last one began
  WriterCounters counters_;
};

}  // namespace millrace::storage
