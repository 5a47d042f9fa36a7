#pragma once

#include <absl/functional/any_invocable.h>

#include <map>
#include <memory>
#include <vector>

#include "base/settings/settings.h"
#include "broker/messages.h"
#include "controller/metadata/image.h"
#include "node/loops/io_pool.h"
#include "node/partitions/recover_logs.h"
#include "storage/log_directory.h"

namespace millrace::node {

/// Logs by the shard that owns them.
using LogsByShard = std::vector<std::vector<broker::OpenedLog>>;

/// Keeps the partition directories of one log directory in step with the metadata: opens what
/// exists at start, makes new ones before their image is published, removes what was let go.
///
/// Owner: the assembly. open_all() comes first, on one thread; from then on everything runs on the
/// directory's writer thread.
class PartitionStore {
 public:
  struct Options {
    NodeId node_id;
    std::size_t shard_count = 1;
    const Settings* settings = nullptr;  // of the node; outlives the store
    std::uint64_t journal_bytes = 0;
  };
  /// What start-up gets from the directory.
  struct Opened {
    LogsByShard logs;
    std::unique_ptr<storage::DirectoryWriter> writer;
    std::size_t log_count = 0;
    std::size_t lost = 0;  // partitions whose directory has vanished
  };

  PartitionStore(storage::FileSystem& files, std::unique_ptr<storage::LogDirectory> directory,
                 const Clock& clock, IoPool& pool, Options options);

  /// Materialises and recovers everything that the image assigns to this node.
  Result<Opened> open_all(const controller::MetadataImage& image,
                          absl::AnyInvocable<void(std::size_t done, std::size_t all)> progress);

  /// Makes what `image` has that was created at metadata offset `from` or later. What fails is
  /// logged and left out: such a partition is offline until the next start. Nothing when a
  /// directory's name is still taken by a deleted topic: try again after let_go().
  std::optional<LogsByShard> create_new(const controller::MetadataImage& image, Offset from,
                                        storage::DirectoryWriter& writer);

  /// The owner has destroyed its log: the directory goes, its space in the background.
  void let_go(const TopicPartitionId& id, storage::DirectoryWriter& writer);

  /// After the last operation: the next start need not doubt the logs.
  Status mark_clean() { return directory_->mark_clean(); }

  [[nodiscard]] const storage::LogDirectory& directory() const { return *directory_; }

 private:
  std::vector<LogToRecover> to_recover(const controller::MetadataImage& image,
                                       const std::vector<storage::AssignedPartition>& partitions);
  LogsByShard by_shard(std::vector<RecoveredLog> logs) const;
  Result<std::vector<RecoveredLog>> make(const controller::MetadataImage& image,
                                         const std::vector<storage::AssignedPartition>& partitions);
  [[nodiscard]] bool is_name_taken(const storage::AssignedPartition& partition) const;
  void remove_deleted_later();

  storage::FileSystem& files_;
  const std::unique_ptr<storage::LogDirectory> directory_;
  const Clock& clock_;
  IoPool& pool_;
  const Options options_;
  bool creation_failed_ = false;  // the materialised offset must not move on in this life
  std::map<std::string, TopicPartitionId> names_;  // directories that exist
  struct Removal;
  const std::shared_ptr<Removal> removal_;
};

}  // namespace millrace::node
