#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/random.h"
#include "storage/file_system.h"

namespace millrace::sim {

/// What may go wrong, and how likely. Probabilities are of 1,000.
struct DiskFaults {
  /// At a power cut each unsynced write survives wholly with this chance, is torn with the next
  /// one, and is lost otherwise.
  std::uint32_t unsynced_write_survives = 300;
  std::uint32_t unsynced_write_is_torn = 200;
  /// At a power cut each unsynced change of a directory (name made, moved or removed) happened or
  /// did not, in the order they were made: a prefix survives.
  std::uint32_t unsynced_name_survives = 500;
};

/// A file system in memory that behaves like a disk with a volatile cache: what was not synced may
/// be lost at a power cut, wholly, partly or not at all; names are not durable before their
/// directory is synced. A seed decides every outcome. One thread.
///
/// Fault model: a write is torn at any byte. Writes of one file are lost independently of each
/// other, as far as no sync lies between them. A truncation is a write. Directory changes of one
/// directory survive as a prefix. Renames move the synced content with the name. Handles of before
/// the cut fail.
class SimFileSystem final : public storage::FileSystem {
 public:
  SimFileSystem(std::uint64_t seed, DiskFaults faults);
  ~SimFileSystem() override;

  Result<std::shared_ptr<storage::File>> open(const std::string& path,
                                              storage::OpenMode mode) override;
  Result<bool> exists(const std::string& path) override;
  Result<std::vector<std::string>> list(const std::string& directory) override;
  Status create_directory(const std::string& path) override;
  Status rename(const std::string& from, const std::string& to) override;
  Status remove_file(const std::string& path) override;
  Status remove_directory(const std::string& path) override;
  Status sync_directory(const std::string& path) override;
  Result<storage::Space> space(const std::string& path) override;
  Result<std::unique_ptr<storage::DirectoryLock>> lock(const std::string& path) override;

  /// Everything unsynced is decided; open handles and locks are dead from now on.
  void power_cut();

  /// The call `calls_from_now` (0: the next) that writes or syncs fails with `code`, once; or every
  /// one from then on with `forever`. A failed sync loses what was unsynced, and the next one
  /// succeeds all the same.
  void fail_call(std::uint64_t calls_from_now, ErrorCode code, bool forever = false);
  void stop_failing() { failure_.reset(); }
  /// Calls so far that fail_call counts.
  [[nodiscard]] std::uint64_t call_count() const { return calls_; }
  /// Bytes that may be written before kNoSpace; counts growth of files only.
  void set_capacity(std::optional<std::uint64_t> bytes) { capacity_ = bytes; }

  /// Flips one bit of what is durable. False when the file has no such byte.
  bool flip_bit(const std::string& path, std::uint64_t position, unsigned bit);
  /// Paths of all files, sorted.
  [[nodiscard]] std::vector<std::string> files() const;
  [[nodiscard]] std::uint64_t size_of(const std::string& path) const;

  /// Switched off to plant bugs: a sync that does nothing.
  bool syncs_work = true;
  bool directory_syncs_work = true;

 private:
  friend class SimFile;
  struct Inode;
  struct Failure {
    std::uint64_t at_call;
    ErrorCode code;
    bool forever;
  };
  struct NameChange {
    std::string name;               // full path
    std::shared_ptr<Inode> before;  // null: was not there
    bool with_next = false;         // a rename: this one and the next happen together
  };

  Status count_call(const std::string& what);
  void change_name(const std::string& path, std::shared_ptr<Inode> inode);
  [[nodiscard]] std::shared_ptr<Inode> find(const std::string& path) const;
  [[nodiscard]] Status check_room(std::uint64_t bytes) const;
  Status grow(std::uint64_t bytes);

  Random random_;
  const DiskFaults faults_;
  std::map<std::string, std::shared_ptr<Inode>> names_;            // as processes see them
  std::map<std::string, std::vector<NameChange>> unsynced_names_;  // by directory, oldest first
  std::set<std::string> locks_;
  std::uint64_t life_ = 0;  // counts power cuts: handles of an earlier life are dead
  std::uint64_t calls_ = 0;
  std::uint64_t used_bytes_ = 0;
  std::optional<std::uint64_t> capacity_;
  std::optional<Failure> failure_;
};

}  // namespace millrace::sim
