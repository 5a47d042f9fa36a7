#include "node/loops/system_clock.h"

#include <chrono>

namespace millrace::node {

MonotonicTime SystemClock::now() const {
  return MonotonicTime(std::chrono::steady_clock::now().time_since_epoch());
}

TimestampMs SystemClock::wall_now() const {
  return TimestampMs(std::chrono::duration_cast<std::chrono::milliseconds>(
                         std::chrono::system_clock::now().time_since_epoch())
                         .count());
}

}  // namespace millrace::node
