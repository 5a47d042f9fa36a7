#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "node/metadata_log/quorum_state.h"
#include "node/metadata_log/snapshot_file.h"
#include "raft/raft.h"
#include "storage/log.h"

namespace millrace::node {

/// The disk of one replica of the quorum: carries out what the core wants saved or read, on
/// storage's log, the snapshots beside it and the file `quorum-state`. Format:
/// docs/formats/metadata.md. Owned by one thread; every call blocks.
///
/// Survives a crash: every save that returned success, and perhaps a beginning of the next one. A
/// snapshot that is coming in counts from the moment that all of it was checked and is durable.
///
/// After an error other than kNoSpace nothing is known of what is on disk: the store refuses
/// everything from then on, and only a restart may look.
class QuorumStore {
 public:
  struct Sizes {
    std::uint32_t segment_bytes = 64 << 20;
    std::size_t snapshots_kept = 2;  // the newest may turn out to be damaged
  };

  /// Opens or creates `<log_dir>/__cluster_metadata-0`. Requires: `log_dir` exists and is locked by
  /// this process. Errors: kCorrupt with one sentence when what was saved is damaged or missing
  /// (nothing is touched), kIo, kUnsupportedVersion.
  static Result<std::unique_ptr<QuorumStore>> open(storage::FileSystem& files,
                                                   const std::string& log_dir, TimestampMs now,
                                                   const Sizes& sizes);

  /// Makes the disk of a voter of a new quorum: the snapshot of a formation. Requires: `log_dir`
  /// exists and nothing of a quorum is there. Errors: kAlreadyExists, kIo.
  static Status form(storage::FileSystem& files, const std::string& log_dir,
                     const raft::VoterSet& voters, TimestampMs now);

  /// What the core starts with.
  [[nodiscard]] const raft::Found& found() const { return found_; }
  /// The newest snapshot's image: what the state machine starts with.
  [[nodiscard]] const controller::ImagePtr& image() const { return image_; }
  [[nodiscard]] Offset end() const { return log_->log_end(); }
  [[nodiscard]] const raft::HardState& hard() const { return state_.content().hard; }

  /// Durable when it returns success. Errors: kNoSpace (nothing of it happened but for the term and
  /// the vote, which may be durable), kIo.
  Status save(const raft::Save& save, TimestampMs now);

  /// Makes sure of space for the next entries, so that a leader meets a full disk before it takes
  /// one; cheap when there is enough. Errors: kNoSpace, kIo.
  Status reserve();

  /// Keeps one piece. After the last: what became of the snapshot. One that is not whole is
  /// dropped, and nothing else changed.
  Result<std::optional<raft::SnapshotStored>> save(const raft::SaveChunk& chunk, TimestampMs now);

  /// Entries from `from` on, as many as fit, one at least; none when they are gone or at the end.
  Result<std::vector<raft::Entry>> read(Offset from, std::size_t bytes_max);
  Result<raft::ChunkRead> read(const raft::ReadChunk& request);

  /// Writes a snapshot of what was applied up to its end, and drops what the oldest that is kept
  /// contains. Requires: durable up to there, and the last entry before is of `id.epoch`.
  Result<raft::SnapshotTaken> take_snapshot(const SnapshotId& id, const Snapshot& snapshot,
                                            TimestampMs now);

 private:
  QuorumStore(storage::FileSystem& files, std::string directory, QuorumState state,
              const Sizes& sizes)
      : files_(files), directory_(std::move(directory)), state_(std::move(state)), sizes_(sizes) {}

  Status recover(TimestampMs now);
  Result<std::optional<Snapshot>> find_snapshots(Offset first);
  Status open_log(Offset first, TimestampMs now);
  [[nodiscard]] bool leads_up_to(const SnapshotId& id, Offset first) const;
  Status find_entries();
  Status begin_anew(raft::LogPosition at, TimestampMs now);
  Status remove_log();
  Status remove_old_snapshots();

  Status carry_out(const raft::Save& save, TimestampMs now);
  Status append(const std::vector<raft::Entry>& entries, TimestampMs now);
  Status truncate(Offset end, TimestampMs now);
  Status sync();
  Status keep_chunk(const raft::SaveChunk& chunk);
  Result<std::optional<raft::VoterSet>> install(raft::LogPosition id, TimestampMs now);

  Status carry_out();
  Status execute(storage::CreateSegmentOp& op);
  Status execute(storage::AppendOp& op);
  Status execute(storage::SealSegmentOp& op);
  Status execute(storage::ReplaceFileOp& op);
  Status execute(storage::TruncateOp& op);
  Status execute(storage::DeleteSegmentsOp& op);
  Status execute(storage::FlushOp& op);
  Status discard(const std::string& path);
  Status noted(Status status);

  storage::FileSystem& files_;
  const std::string directory_;
  QuorumState state_;
  const Sizes sizes_;
  std::optional<storage::Log> log_;
  std::vector<SnapshotId> snapshots_;  // oldest first; the log begins at the first
  raft::Found found_;
  controller::ImagePtr image_;
  std::shared_ptr<storage::File> active_;  // segment that entries go to ...
  std::uint64_t active_bytes_ = 0;         // ... its size, and how much of it is sure of space
  std::uint64_t reserved_bytes_ = 0;
  std::vector<std::shared_ptr<storage::File>> unsynced_;
  bool names_unsynced_ = false;
  std::shared_ptr<storage::File> incoming_;
  std::optional<Error> failed_;
};

}  // namespace millrace::node
