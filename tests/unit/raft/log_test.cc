#include "raft/log.h"

#include "tests/support/catch.h"
#include "tests/unit/raft/replicas.h"

namespace millrace::raft {
namespace {

Entry command(std::int64_t offset, int term) {
  return {Offset(offset), Term(term), Command{}};
}

Log::Found found(std::int64_t end) {
  Log::Found found;
  found.end = Offset(end);
  if (end > 0) found.runs = {{Term(1), Offset(0)}};
  found.voters = VoterHistory(VoterSet({replica(1)}));
  return found;
}

TEST_CASE("what was found on disk is durable, but not known to be committed") {
  const Log log(found(4));
  REQUIRE(log.durable_end() == Offset(4));
  REQUIRE(log.committed_end() == Offset(0));
  REQUIRE(log.last() == LogPosition{Term(1), Offset(4)});
}

TEST_CASE("committed waits until it is durable here") {
  Log log(found(4));
  log.append(command(4, 2));
  const auto number = log.saves.add(log.end(), std::nullopt, false, {});
  log.note_committed(Offset(5));
  REQUIRE(log.committed_end() == Offset(4));
  log.on_saved(number);
  REQUIRE(log.committed_end() == Offset(5));
  log.note_committed(Offset(2));  // an old message
  REQUIRE(log.committed_end() == Offset(5));
}

TEST_CASE("cutting brings back term and voters of before") {
  Log log(found(2));
  log.append({Offset(2), Term(3), VoterSet({replica(1), replica(2)})});
  REQUIRE(log.voters().latest().size() == 2);
  log.truncate(Offset(2));
  REQUIRE(log.last().term == Term(1));
  REQUIRE(log.voters().latest().size() == 1);
}

TEST_CASE("a snapshot takes the place of everything") {
  Log log(found(2));
  log.append(command(2, 1));
  const auto late = log.saves.add(log.end(), std::nullopt, true, {});
  log.replace({Term(4), Offset(10)}, VoterSet({replica(1), replica(2)}));
  REQUIRE(log.end() == Offset(10));
  REQUIRE(log.committed_end() == Offset(10));
  REQUIRE(log.voters().latest().size() == 2);
  log.on_saved(late);
  REQUIRE(log.durable_end() == Offset(10));
  log.check_invariants();
}

}  // namespace
}  // namespace millrace::raft
