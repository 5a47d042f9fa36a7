#pragma once

#include "base/clock.h"
#include "node/loops/mutex.h"

namespace millrace::node {

/// That the process should end, and whether something broke that only a restart can mend.
///
/// Any thread.
class StopSignal {
 public:
  void request();
  /// Something is broken; the process ends with an error.
  void request_after_failure();

  [[nodiscard]] bool requested() const;
  [[nodiscard]] bool failed() const;
  void wait() const;
  /// Whether the end was requested within that time.
  bool wait_for(Duration duration) const;

 private:
  mutable Mutex mutex_;  // guards the two below
  mutable CondVar wake_;
  bool requested_ ABSL_GUARDED_BY(mutex_) = false;
  bool failed_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace millrace::node
