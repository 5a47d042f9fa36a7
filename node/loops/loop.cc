#include "node/loops/loop.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include "base/check.h"
#include "node/loops/threads.h"

namespace millrace::node {

Loop::Loop(std::string name)
    : name_(std::move(name)), context_(std::make_unique<boost::asio::io_context>(1)) {}

Loop::~Loop() {
  stop();
}

void Loop::start(Task prologue) {
  CHECK(!thread_.joinable());
  thread_ =
      std::thread([this, prologue = std::move(prologue)]() mutable { run(std::move(prologue)); });
}

void Loop::run(Task prologue) {
  name_this_thread(name_);
  block_signals();
  if (prologue) std::move(prologue)();
  const auto keep_running = boost::asio::make_work_guard(*context_);
  context_->run();
}

void Loop::post(Task task) {
  if (mailbox_.push(std::move(task))) boost::asio::post(*context_, [this] { drain(); });
}

void Loop::drain() {
  // A stop asked for by one of the tasks still lets the others of the burst run: they were posted
  // before, and whoever posted them cannot know.
  for (auto& task : mailbox_.take()) std::move(task)();
}

void Loop::stop() {
  CHECK(!is_current_thread());
  if (!thread_.joinable()) return;
  context_->stop();
  thread_.join();
  static_cast<void>(mailbox_.take());
}

bool Loop::is_current_thread() const {
  return thread_.get_id() == std::this_thread::get_id();
}

}  // namespace millrace::node
