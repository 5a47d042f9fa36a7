#pragma once

#include <memory>
#include <vector>

#include "node/partitions/partition_store.h"
#include "node/partitions/space_notice.h"
#include "node/writer/writer_thread.h"

namespace millrace::node {

/// One log directory at work: its writer thread and, on that thread, its PartitionStore.
///
/// Owner: the assembly. Any thread may call it.
class DirectoryHost {
 public:
  /// Runs on the writer thread.
  using Created = absl::AnyInvocable<void(LogsByShard) &&>;

  DirectoryHost(std::unique_ptr<PartitionStore> store,
                std::unique_ptr<storage::DirectoryWriter> writer, IoPool& pool,
                WriterThread::Deliver deliver);

  void start() { thread_.start(); }
  void write(std::vector<storage::WriteOp> ops) { thread_.submit(std::move(ops)); }
  /// The shard has destroyed this log and writes nothing more to it.
  void let_go(const TopicPartitionId& id);
  /// Makes the partitions of `image` created at `from` or later. One call at a time.
  void create(controller::ImagePtr image, Offset from, Created done);

  /// Commits everything, writes the last checkpoint, notes the clean end. Blocks. Errors: why the
  /// end is not clean.
  Status finish();

  [[nodiscard]] storage::WriterCounters counters() const { return thread_.counters(); }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  struct Creation {
    controller::ImagePtr image;
    Offset from;
    Created done;
  };

  void pass_on(std::vector<storage::WriterEvent> events);
  void tell(SpaceNotice::News news) const;
  void try_create(Creation creation, storage::DirectoryWriter& writer);

  const std::unique_ptr<PartitionStore> store_;  // on the writer thread
  const std::string path_;
  std::optional<Creation> waiting_creation_;  // on the writer thread: until a name is free
  SpaceNotice space_;                         // on the writer thread
  WriterThread::Deliver deliver_;             // on the writer thread
  WriterThread thread_;
};

}  // namespace millrace::node
