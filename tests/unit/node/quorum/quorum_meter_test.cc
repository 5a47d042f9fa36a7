#include "node/quorum/quorum_meter.h"

#include "tests/support/catch.h"

namespace millrace::node {
namespace {

using std::chrono::milliseconds;
using Summary = RecentDurations::Summary;

MonotonicTime at(int ms) {
  return MonotonicTime(milliseconds(ms));
}

QuorumMeter::Moment leading(int term, int committed_end) {
  return {raft::Term(term), true, false, NodeId(1), Offset(committed_end)};
}
QuorumMeter::Moment following(int term, std::optional<NodeId> leader) {
  return {raft::Term(term), false, false, leader, Offset(0)};
}
QuorumMeter::Moment campaigning(int term) {
  return {raft::Term(term), false, true, std::nullopt, Offset(0)};
}

}  // namespace

TEST_CASE("a commit is timed from its proposal, while the same leadership lasts") {
  QuorumMeter meter;
  meter.observe(leading(1, 5), at(0));
  meter.on_proposed(raft::Term(1), Offset(5), at(10));
  meter.on_proposed(raft::Term(1), Offset(6), at(11));
  meter.observe(leading(1, 5), at(12));
  REQUIRE_FALSE(meter.commits().summary(at(12)));
  meter.observe(leading(1, 6), at(14));
  REQUIRE(meter.commits().summary(at(14)) == Summary{4, 4});
  meter.observe(leading(1, 7), at(19));
  REQUIRE(meter.commits().summary(at(19)) == Summary{6, 8});
}

TEST_CASE("what an earlier leadership proposed is not timed") {
  QuorumMeter meter;
  meter.on_proposed(raft::Term(1), Offset(5), at(10));
  SECTION("another node leads") {
    meter.observe(following(2, NodeId(2)), at(20));
    meter.observe(leading(3, 6), at(30));
  }
  SECTION("this node leads again") {
    meter.observe(leading(2, 6), at(30));
  }
  REQUIRE_FALSE(meter.commits().summary(at(30)));
}

TEST_CASE("an election lasts from the candidacy until the leader is known, whoever it is") {
  QuorumMeter meter;
  meter.observe(following(1, NodeId(2)), at(0));
  meter.observe(campaigning(1), at(100));
  meter.observe(campaigning(2), at(120));
  meter.observe(following(3, std::nullopt), at(130));
  REQUIRE_FALSE(meter.elections().summary(at(130)));
  meter.observe(following(3, NodeId(3)), at(150));
  REQUIRE(meter.elections().summary(at(150)) == Summary{50, 50});
  meter.observe(following(4, std::nullopt), at(200));
  meter.observe(following(4, NodeId(2)), at(210));  // it lost no patience itself
  REQUIRE(meter.elections().summary(at(210)) == Summary{50, 50});
}

TEST_CASE("a leadership is counted once, also when the same node leads again") {
  QuorumMeter meter;
  meter.observe(following(1, std::nullopt), at(0));
  REQUIRE(meter.leaderships() == 0);
  meter.observe(following(1, NodeId(2)), at(1));
  meter.observe(following(1, NodeId(2)), at(2));
  REQUIRE(meter.leaderships() == 1);
  meter.observe(following(2, NodeId(2)), at(3));
  REQUIRE(meter.leaderships() == 2);
}

TEST_CASE("appended entries are added up") {
  QuorumMeter meter;
  meter.on_appended(2);
  meter.on_appended(1);
  REQUIRE(meter.appended() == 3);
}

}  // namespace millrace::node
