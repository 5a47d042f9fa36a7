#pragma once

#include "base/clock.h"

namespace millrace::node {

/// The machine's clocks.
class SystemClock final : public Clock {
 public:
  [[nodiscard]] MonotonicTime now() const override;
  [[nodiscard]] TimestampMs wall_now() const override;
};

}  // namespace millrace::node
