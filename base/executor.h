#pragma once

#include <absl/functional/any_invocable.h>

namespace millrace {

using Task = absl::AnyInvocable<void() &&>;

/// A place where work runs: a loop, the writer thread, the I/O pool, or the simulator's mailbox.
/// Safe to call from any thread. Tasks of one poster to one single-threaded executor run in the
/// order they were posted. Tasks that are left when the executor stops are destroyed, not run.
class Executor {
 public:
  virtual ~Executor() = default;
  virtual void post(Task task) = 0;
};

}  // namespace millrace
