#pragma once

#include <utility>
#include <vector>

#include "base/executor.h"
#include "node/loops/mutex.h"

namespace millrace::node {

/// Tasks on their way to one consuming thread, in order of arrival. The consumer is woken once per
/// burst: push() says whether a wake-up is due, and take() hands over everything that has gathered.
///
/// Any thread pushes; one thread takes.
class Mailbox {
 public:
  /// True when the consumer must be woken: it has not been since it last took everything.
  [[nodiscard]] bool push(Task task) {
    const MutexLock lock(mutex_);
    tasks_.push_back(std::move(task));
    return !std::exchange(wake_pending_, true);
  }

  /// Everything pushed so far. `spent` is an emptied vector whose memory is used again.
  [[nodiscard]] std::vector<Task> take(std::vector<Task> spent = {}) {
    spent.clear();
    const MutexLock lock(mutex_);
    wake_pending_ = false;
    std::swap(spent, tasks_);
    return spent;
  }

 private:
  Mutex mutex_;  // guards the two below
  std::vector<Task> tasks_ ABSL_GUARDED_BY(mutex_);
  bool wake_pending_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace millrace::node
