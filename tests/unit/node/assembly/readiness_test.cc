#include "node/assembly/readiness.h"

#include "tests/support/catch.h"

namespace millrace::node {

TEST_CASE("a node is ready when no subject waits") {
  Readiness readiness;
  readiness.set_waiting("partitions", "1 of 2 recovered");
  readiness.set_waiting("partitions", "\"2\" of 2");
  REQUIRE_FALSE(readiness.is_ready());
  REQUIRE(readiness.to_json() ==
          "{\"ready\":false,\"reasons\":[{\"reason\":\"\\\"2\\\" of "
          "2\",\"subject\":\"partitions\"}]}\n");
  readiness.set_done("partitions");
  REQUIRE(readiness.is_ready());
  REQUIRE(readiness.to_json() == "{\"ready\":true,\"reasons\":[]}\n");
}

}  // namespace millrace::node
