#pragma once

#include "base/clock.h"
#include "node/loops/mutex.h"

namespace millrace::node {

/// Something that happens once, and that threads wait for.
///
/// Any thread.
class Event {
 public:
  void set();
  [[nodiscard]] bool is_set() const;
  void wait() const;
  /// Whether it happened within that time.
  bool wait_for(Duration duration) const;

 private:
  mutable Mutex mutex_;  // guards set_
  mutable CondVar wake_;
  bool set_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace millrace::node
