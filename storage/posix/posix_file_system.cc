#include "storage/posix/posix_file_system.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>

#include "storage/posix/descriptor_cache.h"
#include "storage/posix/os_error.h"

namespace millrace::storage {

namespace {

constexpr mode_t kDirectoryMode = 0750;
constexpr std::size_t kPiecesPerCall = std::min<std::size_t>(IOV_MAX, 256);

class PosixFile final : public File {
 public:
  PosixFile(DescriptorCache& cache, std::string path, int flags)
      : descriptor_(cache, std::move(path), flags) {}

  Status open_now() {
    RETURN_IF_ERROR(descriptor_.get());
    return {};
  }

  Status write_at(std::uint64_t position, std::span<const ByteView> pieces) override {
    ASSIGN_OR_RETURN(const auto descriptor, descriptor_.get());
    std::array<iovec, kPiecesPerCall> vector;
    std::size_t first = 0;
    std::size_t skip = 0;  // bytes of pieces[first] that are written
    while (first < pieces.size()) {
      int count = 0;
      for (std::size_t i = first; i < pieces.size() && count < static_cast<int>(vector.size());
           ++i) {
        const ByteView piece = i == first ? pieces[i].subspan(skip) : pieces[i];
        vector[static_cast<std::size_t>(count++)] = {const_cast<std::uint8_t*>(piece.data()),
                                                     piece.size()};
      }
      const auto wrote =
          ::pwritev(descriptor->fd(), vector.data(), count, static_cast<off_t>(position));
      if (wrote < 0 && errno == EINTR) continue;
      if (wrote < 0) return os_failure("write", descriptor_.path(), errno);
      position += static_cast<std::uint64_t>(wrote);
      auto left = static_cast<std::size_t>(wrote);
      while (first < pieces.size() && left >= pieces[first].size() - skip) {
        left -= pieces[first].size() - skip;
        skip = 0;
        ++first;
      }
      skip += left;
    }
    return {};
  }

  Result<std::size_t> read_at(std::uint64_t position, MutableByteView into) override {
    ASSIGN_OR_RETURN(const auto descriptor, descriptor_.get());
    std::size_t total = 0;
    while (total < into.size()) {
      const auto got = ::pread(descriptor->fd(), into.data() + total, into.size() - total,
                               static_cast<off_t>(position + total));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return os_failure("read", descriptor_.path(), errno);
      if (got == 0) break;
      total += static_cast<std::size_t>(got);
    }
    return total;
  }

  Result<std::size_t> read_cached_at(std::uint64_t position, MutableByteView into) override {
    ASSIGN_OR_RETURN(const auto descriptor, descriptor_.get());
    const iovec vector{into.data(), into.size()};
    for (;;) {
      const auto got =
          ::preadv2(descriptor->fd(), &vector, 1, static_cast<off_t>(position), RWF_NOWAIT);
      if (got >= 0) return static_cast<std::size_t>(got);
      if (errno == EINTR) continue;
      // File systems without RWF_NOWAIT say so here: their reads all take the slow path.
      if (errno == EAGAIN || errno == EOPNOTSUPP || errno == ENOSYS) {
        return fail(ErrorCode::kWouldBlock, "not in the page cache");
      }
      return os_failure("read", descriptor_.path(), errno);
    }
  }

  Status sync() override {
    ASSIGN_OR_RETURN(const auto descriptor, descriptor_.get());
    return checked("sync", ::fdatasync(descriptor->fd()));
  }

  Result<std::uint64_t> size() override {
    ASSIGN_OR_RETURN(const auto descriptor, descriptor_.get());
    struct stat info{};
    if (::fstat(descriptor->fd(), &info) != 0) return os_failure("stat", descriptor_.path(), errno);
    return static_cast<std::uint64_t>(info.st_size);
  }

  Status truncate(std::uint64_t size) override {
    ASSIGN_OR_RETURN(const auto descriptor, descriptor_.get());
    return checked("truncate", ::ftruncate(descriptor->fd(), static_cast<off_t>(size)));
  }

  Status allocate(std::uint64_t position, std::uint64_t count, bool keep_size) override {
    ASSIGN_OR_RETURN(const auto descriptor, descriptor_.get());
    const int mode = keep_size ? FALLOC_FL_KEEP_SIZE : 0;
    if (::fallocate(descriptor->fd(), mode, static_cast<off_t>(position),
                    static_cast<off_t>(count)) == 0)
      return {};
    if (errno != EOPNOTSUPP) return os_failure("allocate", descriptor_.path(), errno);
    if (keep_size) return {};  // a reservation is a courtesy where the file system cannot give it
    const int error = ::posix_fallocate(descriptor->fd(), static_cast<off_t>(position),
                                        static_cast<off_t>(count));
    if (error != 0) return os_failure("allocate", descriptor_.path(), error);
    return {};
  }

  void start_write_back(std::uint64_t position, std::uint64_t count) override {
    if (const auto descriptor = descriptor_.get()) {
      (void)::sync_file_range((*descriptor)->fd(), static_cast<off_t>(position),
                              static_cast<off_t>(count), SYNC_FILE_RANGE_WRITE);
    }
  }

  void drop_cache(std::uint64_t position, std::uint64_t count) override {
    if (const auto descriptor = descriptor_.get()) {
      (void)::posix_fadvise((*descriptor)->fd(), static_cast<off_t>(position),
                            static_cast<off_t>(count), POSIX_FADV_DONTNEED);
    }
  }

 private:
  Status checked(std::string_view operation, int result) {
    if (result != 0) return os_failure(operation, descriptor_.path(), errno);
    return {};
  }

  CachedDescriptor descriptor_;
};

class PosixLock final : public DirectoryLock {
 public:
  explicit PosixLock(int fd) : descriptor_(fd) {}

 private:
  Descriptor descriptor_;  // flock ends with the descriptor
};

int flags_of(OpenMode mode) {
  switch (mode) {
    case OpenMode::kRead:
      return O_RDONLY;
    case OpenMode::kReadWrite:
      return O_RDWR;
    case OpenMode::kCreateReadWrite:
      return O_RDWR | O_CREAT;
  }
  CHECK_MSG(false, "open mode out of range");
}

class PosixFileSystem final : public FileSystem {
 public:
  explicit PosixFileSystem(std::size_t descriptors_max)
      : cache_(std::make_shared<DescriptorCache>(descriptors_max)) {}

  Result<std::shared_ptr<File>> open(const std::string& path, OpenMode mode) override {
    auto file = std::make_unique<PosixFile>(*cache_, path, flags_of(mode));
    RETURN_IF_ERROR(file->open_now());
    // Files may outlive this object, the cache may not die before them.
    auto* raw = file.release();
    return std::shared_ptr<File>(raw, [cache = cache_](PosixFile* last) { delete last; });
  }

  Result<bool> exists(const std::string& path) override {
    struct stat info{};
    if (::lstat(path.c_str(), &info) == 0) return true;
    if (errno == ENOENT || errno == ENOTDIR) return false;
    return os_failure("stat", path, errno);
  }

  Result<std::vector<std::string>> list(const std::string& directory) override {
    DIR* stream = ::opendir(directory.c_str());
    if (stream == nullptr) return os_failure("list", directory, errno);
    const std::unique_ptr<DIR, int (*)(DIR*)> closer(stream, &::closedir);
    std::vector<std::string> names;
    for (;;) {
      errno = 0;
      const dirent* entry = ::readdir(stream);
      if (entry == nullptr) break;
      const std::string name = entry->d_name;
      if (name != "." && name != "..") names.push_back(name);
    }
    if (errno != 0) return os_failure("list", directory, errno);
    std::sort(names.begin(), names.end());
    return names;
  }

  Status create_directory(const std::string& path) override {
    return checked("create directory", path, ::mkdir(path.c_str(), kDirectoryMode));
  }
  Status rename(const std::string& from, const std::string& to) override {
    return checked("rename", from, ::rename(from.c_str(), to.c_str()));
  }
  Status remove_file(const std::string& path) override {
    return checked("remove", path, ::unlink(path.c_str()));
  }
  Status remove_directory(const std::string& path) override {
    return checked("remove directory", path, ::rmdir(path.c_str()));
  }

  Status sync_directory(const std::string& path) override {
    const int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return os_failure("open directory", path, errno);
    const Descriptor descriptor(fd);
    return checked("sync directory", path, ::fsync(fd));
  }

  Result<Space> space(const std::string& path) override {
    struct statvfs info{};
    if (::statvfs(path.c_str(), &info) != 0) return os_failure("measure", path, errno);
    return Space{info.f_blocks * info.f_frsize, info.f_bavail * info.f_frsize};
  }

  Result<std::unique_ptr<DirectoryLock>> lock(const std::string& path) override {
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640);
    if (fd < 0) return os_failure("open", path, errno);
    auto lock = std::make_unique<PosixLock>(fd);
    if (::flock(fd, LOCK_EX | LOCK_NB) != 0) return os_failure("lock", path, errno);
    return lock;
  }

 private:
  static Status checked(std::string_view operation, const std::string& path, int result) {
    if (result != 0) return os_failure(operation, path, errno);
    return {};
  }

  std::shared_ptr<DescriptorCache> cache_;
};

}  // namespace

std::unique_ptr<FileSystem> make_posix_file_system(std::size_t descriptors_max) {
  return std::make_unique<PosixFileSystem>(descriptors_max);
}

}  // namespace millrace::storage
