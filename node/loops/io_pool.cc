#include "node/loops/io_pool.h"

#include <algorithm>

#include "node/loops/threads.h"

namespace millrace::node {

IoPool::IoPool(std::string name, std::size_t threads)
    : background_max_(std::max<std::size_t>(1, threads - 1)) {
  threads_.reserve(threads);
  for (std::size_t i = 0; i < threads; ++i) {
    threads_.emplace_back([this, name = name + "-" + std::to_string(i)] { work(name); });
  }
}

IoPool::~IoPool() {
  stop();
}

void IoPool::post(Task task) {
  {
    const MutexLock lock(mutex_);
    tasks_.push_back(std::move(task));
  }
  wake_.notify_one();
}

void IoPool::post_background(Task task) {
  {
    const MutexLock lock(mutex_);
    background_tasks_.push_back(std::move(task));
    if (!may_take_background()) return;  // whoever finishes one takes it
  }
  wake_.notify_one();
}

bool IoPool::may_take_background() const {
  return !background_tasks_.empty() && background_running_ < background_max_;
}

/// The next task, or nothing when the pool stops.
std::optional<IoPool::Taken> IoPool::take() {
  const MutexLock lock(mutex_);
  while (tasks_.empty() && !may_take_background() && !stopping_) wake_.wait(mutex_);
  if (stopping_) return std::nullopt;
  const bool background = tasks_.empty();
  auto& from = background ? background_tasks_ : tasks_;
  if (background) ++background_running_;
  Taken taken{std::move(from.front()), background};
  from.pop_front();
  return taken;
}

void IoPool::work(const std::string& name) {
  name_this_thread(name);
  block_signals();
  while (auto taken = take()) {
    std::move(taken->task)();
    taken->task = nullptr;  // what it holds goes before anyone hears that it ended
    if (!taken->background) continue;
    const MutexLock lock(mutex_);
    --background_running_;
    if (may_take_background()) wake_.notify_one();
  }
}

void IoPool::stop() {
  std::deque<Task> left;
  std::deque<Task> background_left;
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
    left.swap(tasks_);
    background_left.swap(background_tasks_);
  }
  wake_.notify_all();
  for (auto& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

std::size_t IoPool::waiting() const {
  const MutexLock lock(mutex_);
  return tasks_.size() + background_tasks_.size();
}

}  // namespace millrace::node
