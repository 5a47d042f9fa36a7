#include "node/config/descriptors.h"

#include "tests/support/catch.h"

namespace millrace::node {

TEST_CASE("connections get what partitions leave, at least a hundred") {
  REQUIRE(connections_for(20'000, 2'000).value() == 15'000);
  REQUIRE(connections_for(5'000, 2'000).value() == 100);
  const auto bad = connections_for(4'999, 2'000);
  REQUIRE_ERROR(bad, ErrorCode::kLimitReached);
  REQUIRE(bad.error().message.find("2000 partitions need 5000") != std::string::npos);
  REQUIRE(raise_descriptor_limit() > 0);
}

}  // namespace millrace::node
