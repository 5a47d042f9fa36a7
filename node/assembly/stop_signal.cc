#include "node/assembly/stop_signal.h"

#include <utility>

namespace millrace::node {

void StopSignal::request() {
  const MutexLock lock(mutex_);
  requested_ = true;
  wake_.notify_all();
}

void StopSignal::request_after_failure() {
  const MutexLock lock(mutex_);
  requested_ = failed_ = true;
  wake_.notify_all();
}

bool StopSignal::requested() const {
  const MutexLock lock(mutex_);
  return requested_;
}

bool StopSignal::failed() const {
  const MutexLock lock(mutex_);
  return failed_;
}

void StopSignal::wait() const {
  while (!wait_for(std::chrono::hours(1))) {
  }
}

bool StopSignal::wait_for(Duration duration) const {
  const auto deadline = std::chrono::steady_clock::now() + duration;
  const MutexLock lock(mutex_);
  while (!requested_) {
    if (wake_.wait_until(mutex_, deadline) == std::cv_status::timeout) break;
  }
  return requested_;
}

}  // namespace millrace::node
