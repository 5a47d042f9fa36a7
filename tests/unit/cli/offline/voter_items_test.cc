#include "cli/offline/voter_items.h"

#include "tests/support/catch.h"

namespace millrace::cli {

TEST_CASE("voters are shown with their directories") {
  const raft::VoterSet voters(
      {{NodeId(2), DirectoryId(Uuid({2}))}, {NodeId(1), DirectoryId(Uuid({1}))}});
  REQUIRE(voters_text(voters) == "1 (AQAAAAAAAAAAAAAAAAAAAA), 2 (AgAAAAAAAAAAAAAAAAAAAA)");
  REQUIRE(voters_text({}) == "none");
  REQUIRE(voters_json(voters)[0].dump() ==
          R"({"node_id":1,"directory_id":"AQAAAAAAAAAAAAAAAAAAAA"})");
}

}  // namespace millrace::cli
