#pragma once

#include <deque>
#include <string>
#include <thread>
#include <vector>

#include "base/executor.h"
#include "node/loops/mutex.h"

namespace millrace::node {

/// Threads for work that waits for the disk: syncs, cold reads, recovery. Tasks start in the order
/// posted and run side by side; a task may block but must end.
///
/// Owner: the assembly; any thread posts. stop() lets running tasks end, destroys the waiting ones.
class IoPool final : public Executor {
 public:
  IoPool(std::string name, std::size_t threads);
  ~IoPool() override;

  void post(Task task) override;
  /// Idempotent; only for the owner.
  void stop();

  [[nodiscard]] std::size_t threads() const { return threads_.size(); }
  /// Tasks that wait for a thread.
  [[nodiscard]] std::size_t waiting() const;

 private:
  void work(const std::string& name);

  mutable Mutex mutex_;  // guards tasks_ and stopping_
  CondVar wake_;
  std::deque<Task> tasks_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace millrace::node
