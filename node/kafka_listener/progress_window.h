#pragma once

#include "node/kafka_listener/limits.h"

namespace millrace::node {

/// Watches that a transfer keeps a minimum rate: at least limits.progress_bytes_min in every
/// limits.progress_timeout while it is on. A byte now and then does not count as progress.
class ProgressWindow {
 public:
  /// The transfer is on, and has been watched since `now` unless it was on before.
  void begin(MonotonicTime now) {
    if (on_) return;
    on_ = true;
    start_ = now;
    bytes_ = 0;
  }
  void end() { on_ = false; }
  void moved(std::size_t bytes) { bytes_ += bytes; }

  /// Whether the transfer has stalled. Opens the next window when the last one was good.
  [[nodiscard]] bool has_stalled(MonotonicTime now, const ConnectionLimits& limits) {
    if (!on_ || now - start_ < limits.progress_timeout) return false;
    if (bytes_ < limits.progress_bytes_min) return true;
    start_ = now;
    bytes_ = 0;
    return false;
  }

 private:
  bool on_ = false;
  MonotonicTime start_{};
  std::uint64_t bytes_ = 0;
};

}  // namespace millrace::node
