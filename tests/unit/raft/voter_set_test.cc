#include "raft/voter_set.h"

#include "tests/support/catch.h"
#include "tests/unit/raft/replicas.h"

namespace millrace::raft {
namespace {

TEST_CASE("a voter is a node on one disk") {
  const VoterSet voters({replica(3), replica(1), replica(2)});
  REQUIRE(voters.contains(replica(2)));
  REQUIRE_FALSE(voters.contains(replica(2, 9)));
  REQUIRE(voters.contains(NodeId(2)));
  REQUIRE_FALSE(voters.contains(NodeId(4)));
  REQUIRE(voters.begin()->id == NodeId(1));
}

TEST_CASE("a majority is more than half") {
  const std::size_t expected[] = {1, 1, 2, 2, 3, 3};
  VoterSet voters;
  for (int size = 0; size <= 5; ++size) {
    REQUIRE(voters.majority() == expected[size]);
    voters = voters.with(replica(size + 1));
  }
}

TEST_CASE("voters come and go, values stay what they were") {
  const VoterSet two({replica(1), replica(2)});
  const auto three = two.with(replica(3));
  REQUIRE(two.size() == 2);
  REQUIRE(three.without(replica(3)) == two);
}

TEST_CASE("sets overlap when one voter came or went") {
  const VoterSet three({replica(1), replica(2), replica(3)});
  REQUIRE(overlap(three, three));
  REQUIRE(overlap(three, three.with(replica(4))));
  REQUIRE(overlap(three.without(replica(2)), three));
  REQUIRE_FALSE(overlap(three, three.with(replica(4)).with(replica(5))));
  // Another disk is another voter: one went and one came.
  REQUIRE_FALSE(overlap(three, three.without(replica(3)).with(replica(3, 2))));
}

}  // namespace
}  // namespace millrace::raft
