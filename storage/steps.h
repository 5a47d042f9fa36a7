#pragma once

#include <functional>
#include <vector>

#include "base/executor.h"
#include "base/result.h"

namespace millrace::storage {

/// Runs all tasks, in any order or at once, and returns when all are done.
using RunAll = std::function<void(std::vector<Task>)>;

/// One after the other, on the caller's thread.
inline void run_in_order(std::vector<Task> tasks) {
  for (auto& task : tasks) std::move(task)();
}

/// Blocking steps that are independent of each other and may run at once. Used once.
class Steps {
 public:
  void add(std::function<Status()> step) { steps_.push_back(std::move(step)); }

  /// Runs all of them, also after one has failed; the first failure in the order of add().
  Status run(const RunAll& run_all) {
    std::vector<Status> results(steps_.size());
    std::vector<Task> tasks;
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      tasks.push_back([step = std::move(steps_[i]), &result = results[i]] { result = step(); });
    }
    run_all(std::move(tasks));
    for (auto& result : results) RETURN_IF_ERROR(std::move(result));
    return {};
  }

 private:
  std::vector<std::function<Status()>> steps_;
};

}  // namespace millrace::storage
