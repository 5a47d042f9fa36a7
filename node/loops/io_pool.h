#pragma once

#include <deque>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/executor.h"
#include "node/loops/mutex.h"

namespace millrace::node {

/// Threads for work that waits for the disk: syncs, cold reads, recovery. Tasks start in the order
/// posted and run side by side; a task may block but must end. Background tasks start when nothing
/// else waits, and leave one thread (if there are two) to the others: a client's ack never queues
/// behind a checkpoint's thousands of syncs.
///
/// Owner: the assembly; any thread posts. stop() lets running tasks end, destroys the waiting ones.
class IoPool final : public Executor {
 public:
  IoPool(std::string name, std::size_t threads);
  ~IoPool() override;

  void post(Task task) override;
  /// Long work comes as many short tasks, so that others get their turn in between.
  void post_background(Task task);
  /// Idempotent; only for the owner.
  void stop();

  [[nodiscard]] std::size_t threads() const { return threads_.size(); }
  /// Tasks of either kind that wait for a thread.
  [[nodiscard]] std::size_t waiting() const;

 private:
  struct Taken {
    Task task;
    bool background;
  };

  void work(const std::string& name);
  std::optional<Taken> take();
  [[nodiscard]] bool may_take_background() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::size_t background_max_;
  mutable Mutex mutex_;  // guards all below but the threads
  CondVar wake_;
  std::deque<Task> tasks_ ABSL_GUARDED_BY(mutex_);
  std::deque<Task> background_tasks_ ABSL_GUARDED_BY(mutex_);
  std::size_t background_running_ ABSL_GUARDED_BY(mutex_) = 0;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace millrace::node
