#include "node/peer/loop_gate.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

namespace millrace::node {

void LoopGate::post(Task task) {
  loop_.post([self = shared_from_this(), task = std::move(task)]() mutable {
    self->run(std::move(task));
  });
}

void LoopGate::run(Task task) {
  const MutexLock lock(running_);
  if (open_) std::move(task)();
}

void LoopGate::hold_back(absl::FunctionRef<void()> task) {
  const MutexLock lock(running_);
  task();
}

void LoopGate::close() {
  open_ = false;
  // On the loop the running task is the caller's own.
  if (loop_.is_current_thread()) return;
  const MutexLock lock(running_);
}

struct LoopTimer::Impl {
  Impl(Loop& loop, std::shared_ptr<LoopGate> gate) : timer(loop.context()), gate(std::move(gate)) {}

  boost::asio::steady_timer timer;
  std::shared_ptr<LoopGate> gate;
  std::uint64_t round = 0;  // an expiry that is on its way when the timer is started again is late
  Task task;
};

LoopTimer::LoopTimer(Loop& loop, std::shared_ptr<LoopGate> gate)
    : impl_(std::make_shared<Impl>(loop, std::move(gate))) {}

LoopTimer::~LoopTimer() {
  cancel();
}

void LoopTimer::start(Duration after, Task task) {
  impl_->task = std::move(task);
  impl_->timer.expires_after(after);
  impl_->timer.async_wait([weak = std::weak_ptr(impl_),
                           round = ++impl_->round](const boost::system::error_code& error) {
    const auto impl = weak.lock();
    if (error || !impl) return;
    impl->gate->run([impl, round] {
      if (impl->round == round && impl->task) std::move(std::exchange(impl->task, nullptr))();
    });
  });
}

void LoopTimer::cancel() {
  ++impl_->round;
  impl_->task = nullptr;
  impl_->timer.cancel();
}

}  // namespace millrace::node
