#pragma once

#include <absl/functional/function_ref.h>

#include <atomic>
#include <memory>

#include "base/clock.h"
#include "node/loops/loop.h"
#include "node/loops/mutex.h"

namespace millrace::node {

/// The way onto a loop for callbacks that may still come when their owner is gone: tasks run until
/// the gate is closed and are dropped afterwards.
///
/// Any thread. Shared by everything that may call back.
class LoopGate : public std::enable_shared_from_this<LoopGate> {
 public:
  explicit LoopGate(Loop& loop) : loop_(loop) {}

  void post(Task task);
  /// Requires: on the loop.
  void run(Task task);
  /// Runs `task` here, and none of the others meanwhile: the loop waits. For starting up.
  void hold_back(absl::FunctionRef<void()> task);
  /// When it returns no task runs and none will, except the one that called it.
  void close();

 private:
  Loop& loop_;
  std::atomic<bool> open_{true};
  Mutex running_;  // held by the loop while a task runs
};

/// One moment in the future, on a loop. Starting again forgets the earlier moment.
///
/// Owner: an object of the loop; only there.
class LoopTimer {
 public:
  LoopTimer(Loop& loop, std::shared_ptr<LoopGate> gate);
  ~LoopTimer();

  void start(Duration after, Task task);
  void cancel();

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace millrace::node
