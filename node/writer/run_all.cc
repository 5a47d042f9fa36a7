#include "node/writer/run_all.h"

#include <algorithm>

namespace millrace::node {
namespace {

/// Tasks that several threads take from until none is left. Helpers may come late, when everything
/// is done: they hold it by shared_ptr.
class SharedWork {
 public:
  explicit SharedWork(std::vector<Task> tasks) : tasks_(std::move(tasks)), left_(tasks_.size()) {}

  void help() {
    while (help_once()) continue;
  }

  /// Runs one task; false when none was left to take.
  bool help_once() {
    auto task = take();
    if (!task) return false;
    std::move (*task)();
    const MutexLock lock(mutex_);
    if (--left_ == 0) done_.notify_all();
    return true;
  }

  void wait() {
    const MutexLock lock(mutex_);
    while (left_ > 0) done_.wait(mutex_);
  }

 private:
  std::optional<Task> take() {
    const MutexLock lock(mutex_);
    if (next_ == tasks_.size()) return std::nullopt;
    return std::move(tasks_[next_++]);
  }

  Mutex mutex_;  // guards all below
  CondVar done_;
  std::vector<Task> tasks_ ABSL_GUARDED_BY(mutex_);
  std::size_t next_ ABSL_GUARDED_BY(mutex_) = 0;
  std::size_t left_ ABSL_GUARDED_BY(mutex_);
};

void help_in_turns(IoPool& pool, std::shared_ptr<SharedWork> work) {
  pool.post_background([&pool, work = std::move(work)]() mutable {
    if (work->help_once()) help_in_turns(pool, std::move(work));
  });
}

}  // namespace

storage::RunAll run_all_on(IoPool& pool) {
  return [&pool](std::vector<Task> tasks) {
    if (tasks.empty()) return;
    const std::size_t helpers = std::min(tasks.size() - 1, pool.threads());
    const auto work = std::make_shared<SharedWork>(std::move(tasks));
    for (std::size_t i = 0; i < helpers; ++i) pool.post([work] { work->help(); });
    work->help();
    work->wait();
  };
}

storage::RunAll run_all_in_background_on(IoPool& pool) {
  return [&pool](std::vector<Task> tasks) {
    if (tasks.empty()) return;
    const std::size_t helpers = std::min(tasks.size() - 1, pool.threads());
    const auto work = std::make_shared<SharedWork>(std::move(tasks));
    for (std::size_t i = 0; i < helpers; ++i) help_in_turns(pool, work);
    work->help();
    work->wait();
  };
}

}  // namespace millrace::node
