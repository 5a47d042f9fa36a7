#include "raft/config.h"

#include "tests/support/catch.h"
#include "tests/unit/raft/replicas.h"

namespace millrace::raft {
namespace {

TEST_CASE("a configuration says which field is wrong") {
  Config good;
  good.self = replica(1);
  REQUIRE_OK(good.validate());
  const auto names = [&](auto change, const char* field) {
    Config bad = good;
    change(bad);
    const auto status = bad.validate();
    REQUIRE_ERROR(status, ErrorCode::kInvalidArgument);
    REQUIRE(status.error().message.starts_with(field));
  };
  names([](Config& c) { c.self.id = kNoNode; }, "self");
  names([](Config& c) { c.self.directory = DirectoryId(); }, "self");
  names([](Config& c) { c.heartbeat_interval = Duration::zero(); }, "heartbeat_interval");
  names([](Config& c) { c.election_timeout = 2 * c.heartbeat_interval; }, "election_timeout");
  names([](Config& c) { c.save_timeout = c.election_timeout - Duration(1); }, "save_timeout");
  names([](Config& c) { c.observer_timeout = Duration(1); }, "observer_timeout");
}

}  // namespace
}  // namespace millrace::raft
