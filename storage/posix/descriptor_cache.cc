#include "storage/posix/descriptor_cache.h"

#include <unistd.h>

#include <cerrno>

#include "storage/posix/os_error.h"

namespace millrace::storage {

namespace {
constexpr mode_t kFileMode = 0640;
}

Descriptor::~Descriptor() {
  ::close(fd_);
}

CachedDescriptor::CachedDescriptor(DescriptorCache& cache, std::string path, int flags)
    : cache_(cache), path_(std::move(path)), flags_(flags) {}

CachedDescriptor::~CachedDescriptor() {
  cache_.forget(*this);
}

Result<std::shared_ptr<Descriptor>> CachedDescriptor::get() {
  return cache_.use(*this);
}

Result<std::shared_ptr<Descriptor>> DescriptorCache::use(CachedDescriptor& file) {
  const std::lock_guard lock(mutex_);
  if (file.descriptor_) {
    used_.splice(used_.begin(), used_, file.place_);
    return file.descriptor_;
  }
  const int fd = ::open(file.path_.c_str(), file.flags_ | O_CLOEXEC, kFileMode);
  if (fd < 0) return os_failure("open", file.path_, errno);
  // Created once: opening again must not make an empty file in place of one that vanished.
  file.flags_ &= ~O_CREAT;
  file.descriptor_ = std::make_shared<Descriptor>(fd);
  used_.push_front(&file);
  file.place_ = used_.begin();
  if (used_.size() > limit_) {
    used_.back()->descriptor_.reset();
    used_.pop_back();
  }
  return file.descriptor_;
}

void DescriptorCache::forget(CachedDescriptor& file) {
  const std::lock_guard lock(mutex_);
  if (!file.descriptor_) return;
  used_.erase(file.place_);
  file.descriptor_.reset();
}

std::size_t DescriptorCache::open_count() {
  const std::lock_guard lock(mutex_);
  return used_.size();
}

}  // namespace millrace::storage
