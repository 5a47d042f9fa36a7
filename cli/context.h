#pragma once

#include <atomic>
#include <iosfwd>
#include <memory>

#include "cli/client/client.h"
#include "cli/invocation.h"

namespace millrace::cli {

/// The program's surroundings; tests bring their own.
struct Io {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
  /// Standard input and output are terminals, so that a question may be asked.
  bool interactive = false;
  /// Set by SIGINT and SIGTERM: stop at the next record.
  const std::atomic<bool>* interrupted = nullptr;
};

/// What a command runs with: its line, its surroundings, and the cluster, which is connected to on
/// the first question.
class Context {
 public:
  Context(Invocation invocation, Io& io, Environment environment)
      : invocation_(std::move(invocation)), io_(io), environment_(std::move(environment)) {}

  [[nodiscard]] const Invocation& invocation() const { return invocation_; }
  [[nodiscard]] const Globals& globals() const { return invocation_.globals; }
  [[nodiscard]] Io& io() { return io_; }
  [[nodiscard]] const Environment& environment() const { return environment_; }
  [[nodiscard]] bool interrupted() const {
    return io_.interrupted != nullptr && io_.interrupted->load();
  }

  /// The client for this command line. Problems: addresses or properties that are wrong, and
  /// properties that the own client cannot honour (SASL).
  Answer<Client*> client();

 private:
  Invocation invocation_;
  Io& io_;
  Environment environment_;
  std::unique_ptr<Client> client_;
};

}  // namespace millrace::cli
