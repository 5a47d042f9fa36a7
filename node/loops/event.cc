#include "node/loops/event.h"

namespace millrace::node {

void Event::set() {
  const MutexLock lock(mutex_);
  set_ = true;
  wake_.notify_all();
}

bool Event::is_set() const {
  const MutexLock lock(mutex_);
  return set_;
}

void Event::wait() const {
  while (!wait_for(std::chrono::hours(1))) {
  }
}

bool Event::wait_for(Duration duration) const {
  const auto deadline = std::chrono::steady_clock::now() + duration;
  const MutexLock lock(mutex_);
  while (!set_) {
    if (wake_.wait_until(mutex_, deadline) == std::cv_status::timeout) break;
  }
  return set_;
}

}  // namespace millrace::node
