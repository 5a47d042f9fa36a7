#include "raft/quorum.h"

#include <algorithm>

#include "base/random.h"
#include "tests/support/catch.h"
#include "tests/unit/raft/replicas.h"

namespace millrace::raft {
namespace {

/// The definition, word for word: the largest end that at least a majority has reached.
Offset naive_majority_end(const std::vector<Offset>& ends) {
  Offset best{-1};
  for (const Offset candidate : ends) {
    const auto have =
        std::count_if(ends.begin(), ends.end(), [&](Offset end) { return end >= candidate; });
    if (static_cast<std::size_t>(have) >= ends.size() / 2 + 1) best = std::max(best, candidate);
  }
  return best;
}

TEST_CASE("what a majority has, against the definition") {
  Random random(7);
  for (int run = 0; run < 20'000; ++run) {
    std::vector<Offset> ends;
    const auto size = random.between(1, 7);
    for (int i = 0; i < size; ++i) ends.emplace_back(random.between(0, 9));
    REQUIRE(majority_end(ends) == naive_majority_end(ends));
  }
}

TEST_CASE("since when a majority was heard of") {
  const auto at = [](int seconds) { return MonotonicTime(std::chrono::seconds(seconds)); };
  REQUIRE(majority_heard({at(10)}) == at(10));
  REQUIRE(majority_heard({at(10), at(3)}) == at(3));
  REQUIRE(majority_heard({at(10), at(3), at(7)}) == at(7));
}

TEST_CASE("a ballot counts voters alone, and each answer once") {
  using Outcome = Ballot::Outcome;
  const VoterSet voters({replica(1), replica(2), replica(3)});
  Ballot ballot;
  REQUIRE(ballot.outcome(voters) == Outcome::kOpen);
  ballot.count(replica(1), true);
  ballot.count(replica(1), true);
  ballot.count(replica(4), true);     // no voter
  ballot.count(replica(2, 2), true);  // the node, with another disk
  REQUIRE(ballot.outcome(voters) == Outcome::kOpen);
  ballot.count(replica(3), false);
  ballot.count(replica(3), true);  // it said no
  REQUIRE(ballot.outcome(voters) == Outcome::kOpen);
  SECTION("won") {
    ballot.count(replica(2), true);
    REQUIRE(ballot.outcome(voters) == Outcome::kWon);
  }
  SECTION("lost") {
    ballot.count(replica(2), false);
    REQUIRE(ballot.outcome(voters) == Outcome::kLost);
  }
}

TEST_CASE("a ballot of one is won by its own vote, one of none is never won") {
  Ballot ballot;
  ballot.count(replica(1), true);
  REQUIRE(ballot.outcome(VoterSet({replica(1)})) == Ballot::Outcome::kWon);
  REQUIRE(ballot.outcome(VoterSet()) != Ballot::Outcome::kWon);
}

}  // namespace
}  // namespace millrace::raft
