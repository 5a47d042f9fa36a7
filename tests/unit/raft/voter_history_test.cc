#include "raft/voter_history.h"

#include "tests/support/catch.h"
#include "tests/unit/raft/replicas.h"

namespace millrace::raft {
namespace {

const VoterSet kOne({replica(1)});
const VoterSet kTwo = kOne.with(replica(2));
const VoterSet kThree = kTwo.with(replica(3));

TEST_CASE("the newest voters count at once, and go when their entry goes") {
  VoterHistory history(kOne);
  history.append(Offset(4), kTwo);
  REQUIRE(history.latest() == kTwo);
  REQUIRE(history.latest_end() == Offset(5));
  history.truncate(Offset(5));
  REQUIRE(history.latest() == kTwo);
  history.truncate(Offset(4));
  REQUIRE(history.latest() == kOne);
  REQUIRE(history.latest_end() == Offset(0));
}

TEST_CASE("who voted where in the log") {
  VoterHistory history(kOne);
  history.append(Offset(4), kTwo);
  history.append(Offset(8), kThree);
  REQUIRE(history.at(Offset(4)) == kOne);
  REQUIRE(history.at(Offset(5)) == kTwo);
  REQUIRE(history.at(Offset(8)) == kTwo);
  REQUIRE(history.at(Offset(9)) == kThree);
  history.compact(Offset(6));
  REQUIRE(history.at(Offset(6)) == kTwo);
  history.compact(Offset(100));
  REQUIRE(history.latest() == kThree);
  history.truncate(Offset(0));  // what the log begins with stays
  REQUIRE(history.latest() == kThree);
}

}  // namespace
}  // namespace millrace::raft
