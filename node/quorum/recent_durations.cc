#include "node/quorum/recent_durations.h"

#include <algorithm>

namespace millrace::node {
namespace {

double milliseconds(Duration duration) {
  return std::chrono::duration<double, std::milli>(duration).count();
}

}  // namespace

std::int64_t RecentDurations::number_of(MonotonicTime now) {
  return now.time_since_epoch() / kPeriod;
}

void RecentDurations::add(Duration duration, MonotonicTime now) {
  const auto number = number_of(now);
  auto& period = periods_[static_cast<std::size_t>(number) % periods_.size()];
  if (period.number != number) period = {number};
  ++period.count;
  period.sum += duration;
  period.max = std::max(period.max, duration);
}

std::optional<RecentDurations::Summary> RecentDurations::summary(MonotonicTime now) const {
  Period all;
  for (const auto& period : periods_) {
    if (period.number + 1 < number_of(now)) continue;
    all.count += period.count;
    all.sum += period.sum;
    all.max = std::max(all.max, period.max);
  }
  if (all.count == 0) return std::nullopt;
  return Summary{milliseconds(all.sum) / static_cast<double>(all.count), milliseconds(all.max)};
}

}  // namespace millrace::node
