#pragma once

#include <atomic>

#include "node/loops/event.h"

namespace millrace::node {

/// That the process should end, and whether something broke that only a restart can mend.
///
/// Any thread.
class StopSignal {
 public:
  void request() { requested_.set(); }
  /// Something is broken; the process ends with an error.
  void request_after_failure() {
    failed_ = true;
    requested_.set();
  }

  [[nodiscard]] bool requested() const { return requested_.is_set(); }
  [[nodiscard]] bool failed() const { return failed_; }
  void wait() const { requested_.wait(); }
  /// Whether the end was requested within that time.
  bool wait_for(Duration duration) const { return requested_.wait_for(duration); }

 private:
  Event requested_;
  std::atomic<bool> failed_ = false;
};

}  // namespace millrace::node
