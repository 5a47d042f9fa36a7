#pragma once

#include <memory>
#include <string>
#include <thread>

#include "base/executor.h"
#include "node/loops/mailbox.h"

namespace boost::asio {
class io_context;
}

namespace millrace::node {

/// One event loop: an Asio context and the thread that runs it. Everything that lives on a loop is
/// touched only by this thread; others post tasks.
///
/// Owner: the assembly. Any thread may call post(); the rest is for the owner or the loop's thread.
/// 1. Tasks of one poster run in the order posted; a burst of posts costs one wake-up.
/// 2. After stop() returned, no task runs any more; those left are destroyed on the owner's thread.
class Loop final : public Executor {
 public:
  explicit Loop(std::string name);
  ~Loop() override;

  /// `prologue` runs on the new thread before anything else.
  void start(Task prologue = nullptr);
  void post(Task task) override;
  /// Ends the thread after the handler that is running, and joins it. Idempotent.
  void stop();

  [[nodiscard]] bool is_current_thread() const;
  [[nodiscard]] const std::string& name() const { return name_; }
  /// For objects that live on this loop.
  [[nodiscard]] boost::asio::io_context& context() { return *context_; }

 private:
  void run(Task prologue);
  void drain();

  const std::string name_;
  std::unique_ptr<boost::asio::io_context> context_;
  Mailbox mailbox_;
  std::thread thread_;
};

}  // namespace millrace::node
