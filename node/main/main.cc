#include <pthread.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <thread>

#include "node/assembly/node.h"
#include "node/config/command_line.h"

namespace millrace::node {
namespace {

sigset_t stop_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  return signals;
}

int refuse(const Error& error) {
  std::fprintf(stderr, "millraced: %s\n", error.message.c_str());
  return error.code == ErrorCode::kInvalidConfig ? kExitUsage : kExitEnvironment;
}

/// The second signal finds its default action and ends the process at once. The thread ends with
/// the process.
void watch_for_signals(StopSignal& stop) {
  std::thread([&stop] {
    const auto signals = stop_signals();
    int received = 0;
    sigwait(&signals, &received);
    std::signal(SIGTERM, SIG_DFL);
    std::signal(SIGINT, SIG_DFL);
    pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
    stop.request();
  }).detach();
}

int run(int argc, const char* const* argv) {
  auto line = parse_command_line(argc, argv);
  if (line.print) {
    std::fprintf(line.exit_code == 0 ? stdout : stderr, "%s\n", line.print->c_str());
    return line.exit_code;
  }
  auto config = make_node_config(line.properties);
  if (!config) return refuse(config.error());
  if (line.check) return 0;
  set_log_level(config->log_level);
  for (const auto& warning : config->warnings) warn_once(warning, warning);

  // Before the first thread, which inherits it.
  std::signal(SIGPIPE, SIG_IGN);
  const auto signals = stop_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  static StopSignal stop;  // the thread that waits for signals never ends
  watch_for_signals(stop);
  auto node = Node::start(std::move(*config), stop);
  if (!node && node.error().code == ErrorCode::kShuttingDown) return 0;
  if (!node) return refuse(node.error());
  stop.wait();
  const bool clean = (*node)->stop();
  log_info("stopped", {{"clean", clean}});
  return clean && !stop.failed() ? 0 : kExitEnvironment;
}

}  // namespace
}  // namespace millrace::node

int main(int argc, char** argv) {
  return millrace::node::run(argc, argv);
}
