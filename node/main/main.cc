#include <pthread.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>

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

/// The second signal finds its default action and ends the process at once.
void wait_for_stop_signal() {
  const auto signals = stop_signals();
  int received = 0;
  sigwait(&signals, &received);
  std::signal(SIGTERM, SIG_DFL);
  std::signal(SIGINT, SIG_DFL);
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
}

int run(int argc, const char* const* argv) {
  auto line = parse_command_line(argc, argv);
  if (line.print) {
    std::fprintf(line.exit_code == 0 ? stdout : stderr, "%s\n", line.print->c_str());
    return line.exit_code;
  }
  auto config = make_node_config(line.properties);
  if (!config) return refuse(config.error());
  set_log_level(config->log_level);
  for (const auto& warning : config->warnings) warn_once(warning, warning);

  // Before the first thread, which inherits it.
  std::signal(SIGPIPE, SIG_IGN);
  const auto signals = stop_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  auto node = Node::start(std::move(*config));
  if (!node) return refuse(node.error());
  wait_for_stop_signal();
  const bool clean = (*node)->stop();
  log_info("stopped", {{"clean", clean}});
  return clean ? 0 : kExitEnvironment;
}

}  // namespace
}  // namespace millrace::node

int main(int argc, char** argv) {
  return millrace::node::run(argc, argv);
}
