#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

/// The one seam between storage and the operating system. `storage/posix` implements it over Linux,
/// `tests/support/sim_file_system` over memory that loses what was not synced.
///
/// All calls block and may be made from any thread. Errors: kIo (the device or file system failed;
/// the caller fences the directory), kNoSpace, kNotFound, kPermission, kLimitReached (descriptors).
namespace millrace::storage {

/// An open file, closed by its destructor. What is written is seen by later reads at once, but
/// survives a power cut only after sync() returned success. After a failed sync the bytes written
/// since the last good one are in an unknown state for ever; never sync again and believe it.
class File {
 public:
  virtual ~File() = default;

  /// Writes all pieces one after the other at `position`, growing the file as needed. On failure
  /// any prefix may have been written.
  virtual Status write_at(std::uint64_t position, std::span<const ByteView> pieces) = 0;

  /// Fills `into` and returns how much was read; less than asked only at the end of the file.
  virtual Result<std::size_t> read_at(std::uint64_t position, MutableByteView into) = 0;

  /// Like read_at, but returns kWouldBlock instead of waiting for the disk. A short count that does
  /// not reach the end of the file means that only so much was in the page cache.
  virtual Result<std::size_t> read_cached_at(std::uint64_t position, MutableByteView into) = 0;

  /// Makes all completed writes, and the size, durable. The directory entry of a new file is not
  /// included: that takes FileSystem::sync_directory.
  virtual Status sync() = 0;

  virtual Result<std::uint64_t> size() = 0;

  /// Cuts or extends (with zeros) to `size`. Durable after sync().
  virtual Status truncate(std::uint64_t size) = 0;

  /// Reserves disk blocks for [position, position + count), so that later writes there cannot fail
  /// with kNoSpace. With `keep_size` the file's size stays as it is.
  virtual Status allocate(std::uint64_t position, std::uint64_t count, bool keep_size) = 0;

  /// Hints. Failures are of no consequence, hence no status.
  virtual void start_write_back(std::uint64_t position, std::uint64_t count) = 0;
  virtual void drop_cache(std::uint64_t position, std::uint64_t count) = 0;
};

/// Held while a process owns a directory; released by the destructor or the process's death.
class DirectoryLock {
 public:
  virtual ~DirectoryLock() = default;
};

struct Space {
  std::uint64_t total_bytes;
  std::uint64_t free_bytes;  // for this process, not counting what is reserved for root
};

enum class OpenMode {
  kRead,             // kNotFound if missing
  kReadWrite,        // kNotFound if missing
  kCreateReadWrite,  // opens, or creates empty
};

/// Paths are absolute or relative to the process's directory, with '/' between components. Names,
/// renames and removals survive a power cut only after sync_directory of the parent.
class FileSystem {
 public:
  virtual ~FileSystem() = default;

  virtual Result<std::shared_ptr<File>> open(const std::string& path, OpenMode mode) = 0;
  virtual Result<bool> exists(const std::string& path) = 0;
  /// Names (not paths) of the entries, sorted, without "." and "..".
  virtual Result<std::vector<std::string>> list(const std::string& directory) = 0;
  /// Creates one directory; kAlreadyExists if there is one.
  virtual Status create_directory(const std::string& path) = 0;
  /// Replaces `to` if it is a file. Both in the same file system.
  virtual Status rename(const std::string& from, const std::string& to) = 0;
  virtual Status remove_file(const std::string& path) = 0;
  /// Requires: empty.
  virtual Status remove_directory(const std::string& path) = 0;
  virtual Status sync_directory(const std::string& path) = 0;
  virtual Result<Space> space(const std::string& path) = 0;
  /// kLocked if another process holds it. `path` names the lock file, created if missing.
  virtual Result<std::unique_ptr<DirectoryLock>> lock(const std::string& path) = 0;
};

}  // namespace millrace::storage
