#pragma once

#include <fcntl.h>

#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <string>

#include "base/result.h"

namespace millrace::storage {

/// An open descriptor; closed when the last holder lets go.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor();
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int fd() const { return fd_; }

 private:
  int fd_;
};

class DescriptorCache;

/// The place of one file in the cache: its path and, while the cache keeps it open, its descriptor.
class CachedDescriptor {
 public:
  CachedDescriptor(DescriptorCache& cache, std::string path, int flags);
  ~CachedDescriptor();
  CachedDescriptor(const CachedDescriptor&) = delete;
  CachedDescriptor& operator=(const CachedDescriptor&) = delete;

  /// The descriptor, opened if need be. Holding the result keeps it open whatever the cache does.
  Result<std::shared_ptr<Descriptor>> get();
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  friend class DescriptorCache;

  DescriptorCache& cache_;
  const std::string path_;
  int flags_;
  // Both guarded by the cache's mutex.
  std::shared_ptr<Descriptor> descriptor_;
  std::list<CachedDescriptor*>::iterator place_;
};

/// Keeps the most recently used descriptors open, at most `limit` of them. Thread-safe.
class DescriptorCache {
 public:
  explicit DescriptorCache(std::size_t limit) : limit_(limit) {}

  Result<std::shared_ptr<Descriptor>> use(CachedDescriptor& file);
  void forget(CachedDescriptor& file);
  /// How many are open in the cache now.
  std::size_t open_count();

 private:
  const std::size_t limit_;
  std::mutex mutex_;  // guards used_ and the members of CachedDescriptor that say so
  std::list<CachedDescriptor*> used_;  // most recent first
};

}  // namespace millrace::storage
