#include "node/quorum/recent_durations.h"

#include "tests/support/catch.h"

namespace millrace::node {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

MonotonicTime at(int second) {
  return MonotonicTime(seconds(second));
}

}  // namespace

TEST_CASE("mean and largest are of this half minute and the one before") {
  RecentDurations durations;
  REQUIRE_FALSE(durations.summary(at(0)));
  durations.add(milliseconds(2), at(1));
  durations.add(milliseconds(9), at(29));
  REQUIRE(durations.summary(at(29)) == RecentDurations::Summary{5.5, 9});
  durations.add(milliseconds(1), at(30));
  REQUIRE(durations.summary(at(59)) == RecentDurations::Summary{4, 9});
  REQUIRE(durations.summary(at(60)) == RecentDurations::Summary{1, 1});
  REQUIRE_FALSE(durations.summary(at(90)));
  durations.add(milliseconds(3), at(200));
  REQUIRE(durations.summary(at(200)) == RecentDurations::Summary{3, 3});
}

}  // namespace millrace::node
