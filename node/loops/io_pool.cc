#include "node/loops/io_pool.h"

#include "node/loops/threads.h"

namespace millrace::node {

IoPool::IoPool(std::string name, std::size_t threads) {
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

void IoPool::work(const std::string& name) {
  name_this_thread(name);
  block_signals();
  while (true) {
    Task task;
    {
      const MutexLock lock(mutex_);
      while (tasks_.empty() && !stopping_) wake_.wait(mutex_);
      if (stopping_) return;
      task = std::move(tasks_.front());
      tasks_.pop_front();
    }
    std::move(task)();
  }
}

void IoPool::stop() {
  std::deque<Task> left;
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
    left.swap(tasks_);
  }
  wake_.notify_all();
  for (auto& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

std::size_t IoPool::waiting() const {
  const MutexLock lock(mutex_);
  return tasks_.size();
}

}  // namespace millrace::node
