#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <iostream>

#include "cli/run.h"

namespace {

std::atomic<bool> interrupted = false;
static_assert(std::atomic<bool>::is_always_lock_free, "set by a signal handler");

// The first signal ends the command after the record at hand, the second at once.
void on_signal(int number) {
  interrupted = true;
  std::signal(number, SIG_DFL);
}

std::optional<std::string> environment_variable(const char* name) {
  const char* const value = std::getenv(name);
  if (value == nullptr) return std::nullopt;
  return value;
}

}  // namespace

int main(int argc, char** argv) {
  std::ios::sync_with_stdio(false);
  millrace::cli::Io io{.in = std::cin,
                       .out = std::cout,
                       .err = std::cerr,
                       .interactive = ::isatty(STDIN_FILENO) == 1 && ::isatty(STDOUT_FILENO) == 1,
                       .interrupted = &interrupted};
  const std::vector<std::string> args(argv + 1, argv + argc);
  const bool stops_by_itself = !args.empty() && args.front() == "consume";
  if (stops_by_itself) {
    std::signal(SIGINT, on_signal);
    std::signal(SIGTERM, on_signal);
  }
  return millrace::cli::run(args, io, environment_variable);
}
