#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/random.h"
#include "base/result.h"
#include "storage/directory_writer.h"
#include "storage/file_system.h"
#include "storage/journal.h"

namespace millrace::storage {

/// Whose directory it is; `meta.properties` in Kafka's format.
struct DirectoryIdentity {
  std::string cluster_id;
  NodeId node_id;
  DirectoryId directory_id;
  friend bool operator==(const DirectoryIdentity&, const DirectoryIdentity&) = default;
};

/// What is known of one partition's directory when its log directory is opened.
struct FoundPartition {
  TopicPartitionId id;
  std::string topic;
  std::string path;
  std::optional<Offset> recovery_point;
  std::optional<Offset> recorded_end;
  std::optional<Offset> log_start;
};

/// A partition that the metadata assigns to this directory.
struct AssignedPartition {
  TopicPartitionId id;
  std::string topic;
  std::int64_t created_at;  // metadata offset of its creation

  /// `<topic>-<partition>`
  [[nodiscard]] std::string directory_name() const;
};

/// What materialise() found and made.
struct Materialised {
  std::vector<AssignedPartition> created;  // new directories, durable
  std::vector<AssignedPartition> lost;     // older than the materialised offset, and not there
};

/// One of the directories in log.dirs: its lock, its identity, and which partitions are in it.
/// Layout: docs/formats/log_directory.md. Every call blocks; one thread at a time (the writer
/// thread).
///
/// Invariant: everything below materialised_offset() that was assigned here had a synced directory,
/// so an older partition without one is lost, never new.
class LogDirectory {
 public:
  /// Writes meta.properties durably into an empty or missing directory. `prepared` names what the
  /// caller put there as a part of this formation. Errors: as check_unformatted.
  static Status format(FileSystem& files, const std::string& path,
                       const DirectoryIdentity& identity,
                       const std::vector<std::string>& prepared = {});

  /// Whether format() would take the directory; changes nothing. Errors: kAlreadyExists when it is
  /// formatted already, kInvalidArgument when it holds something else.
  static Status check_unformatted(FileSystem& files, const std::string& path,
                                  const std::vector<std::string>& prepared = {});

  /// Keeps every other process out. Requires: the directory exists. Errors: kLocked, with the
  /// sentence for the user.
  static Result<std::unique_ptr<DirectoryLock>> lock(FileSystem& files, const std::string& path);

  /// The identity in meta.properties; nothing when the directory is not formatted.
  static Result<std::optional<DirectoryIdentity>> identity_of(FileSystem& files,
                                                              const std::string& path);

  /// Locks a formatted directory, redoes its journal and lists its partitions.
  ///
  /// Errors: kLocked (another process has it), kNotFound (not formatted), kCorrupt
  /// (meta.properties), kInvalidArgument (of another cluster or node: nothing is touched), kIo.
  static Result<std::unique_ptr<LogDirectory>> open(FileSystem& files, const std::string& path,
                                                    const std::string& cluster_id, NodeId node_id,
                                                    const RunAll& run_all = run_in_order);

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] const DirectoryIdentity& identity() const { return identity_; }
  [[nodiscard]] const std::vector<FoundPartition>& found() const { return found_; }
  /// Set when the journal has a damaged record among good ones: say it loudly.
  [[nodiscard]] const std::optional<std::string>& journal_damage() const { return journal_damage_; }
  /// -1 before the first materialise().
  [[nodiscard]] std::int64_t materialised_offset() const { return materialised_offset_; }
  /// Paths of partition.metadata files that do not say whose directory they are in: the partition
  /// counts as lost, and nothing in its directory is touched.
  [[nodiscard]] const std::vector<std::string>& unreadable() const { return unreadable_; }
  /// Whether the last process ended in order.
  [[nodiscard]] bool was_clean() const { return was_clean_; }

  /// Makes sure that each assigned partition has its directory, and notes that this is so up to
  /// metadata offset `upto`. Directories of partitions that are not assigned are renamed to
  /// `*.stray` and kept.
  Result<Materialised> materialise(const std::vector<AssignedPartition>& assigned,
                                   std::int64_t upto);

  /// Creates the directories of new partitions durably, without moving the materialised offset.
  Status create_partitions(const std::vector<AssignedPartition>& partitions);
  /// Makes the materialised offset durable. Requires: everything assigned up to it exists.
  Status note_upto(std::int64_t upto);

  /// Renames the directory to `<name>.<id>-delete` durably; remove_deleted() frees its space.
  Status delete_partition(const TopicPartitionId& id);
  Status remove_deleted();

  /// A fresh journal for the writer, after every log was recovered: first makes the ends and starts
  /// of the logs durable in the checkpoint files, then empties the journal that held them.
  Result<Journal> create_journal(std::uint64_t bytes, const std::vector<OpenLog>& logs);

  /// Notes that all logs are closed and synced, until the next create_journal().
  Status mark_clean();

 private:
  LogDirectory(FileSystem& files, std::string path) : files_(files), path_(std::move(path)) {}

  Status read_materialised_offset();
  Status list_partitions();
  Status read_checkpoints();
  Status redo_journal(const RunAll& run_all);
  Status forget_clean_end();

  FileSystem& files_;
  std::string path_;
  std::unique_ptr<DirectoryLock> lock_;
  DirectoryIdentity identity_;
  std::vector<FoundPartition> found_;
  std::map<TopicPartitionId, std::string> directories_;  // partition -> path
  std::optional<std::string> journal_damage_;
  std::vector<std::string> unreadable_;
  std::int64_t materialised_offset_ = -1;
  bool was_clean_ = false;
};

}  // namespace millrace::storage
