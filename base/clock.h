#pragma once

#include <chrono>

#include "base/ids.h"

namespace millrace {

using Duration = std::chrono::nanoseconds;

/// Tag only: it has no now(), so that no core can read a clock.
struct MonotonicTimeline {
  using rep = Duration::rep;
  using period = Duration::period;
  using duration = Duration;
  static constexpr bool is_steady = true;
};

/// A moment on this process's monotonic timeline: for every timeout and interval.
using MonotonicTime = std::chrono::time_point<MonotonicTimeline, Duration>;

/// Both clocks, read by shells only; cores get the moments as arguments. May be called from any
/// thread.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual MonotonicTime now() const = 0;
  [[nodiscard]] virtual TimestampMs wall_now() const = 0;
};

}  // namespace millrace
