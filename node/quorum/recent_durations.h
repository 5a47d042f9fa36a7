#pragma once

#include <array>
#include <optional>

#include "base/clock.h"

namespace millrace::node {

/// Mean and largest of what took how long lately: in the current half minute and the one before it,
/// as Kafka's metrics of this kind have it. A value; time comes in and never goes back.
class RecentDurations {
 public:
  static constexpr Duration kPeriod = std::chrono::seconds(30);

  struct Summary {
    double mean_ms = 0;
    double max_ms = 0;
    friend bool operator==(const Summary&, const Summary&) = default;
  };

  void add(Duration duration, MonotonicTime now);
  /// Nothing when there was none lately.
  [[nodiscard]] std::optional<Summary> summary(MonotonicTime now) const;

 private:
  struct Period {
    std::int64_t number = -1;  // since the epoch of the clock
    std::int64_t count = 0;
    Duration sum{0};
    Duration max{0};
  };

  static std::int64_t number_of(MonotonicTime now);

  std::array<Period, 2> periods_;  // by number modulo 2
};

}  // namespace millrace::node
