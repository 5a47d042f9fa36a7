#include "node/config/descriptors.h"

#include "tests/support/catch.h"

namespace millrace::node {

TEST_CASE("partitions need descriptors, and the sentence says how many") {
  REQUIRE_OK(check_descriptors(5'000, 2'000));
  const auto bad = check_descriptors(4'999, 2'000);
  REQUIRE_ERROR(bad, ErrorCode::kLimitReached);
  REQUIRE(bad.error().message.find("2000 partitions need 5000") != std::string::npos);
  REQUIRE(raise_descriptor_limit() > 0);
}

TEST_CASE("files and connections share what is left, each with a minimum") {
  REQUIRE(share_descriptors(1'000'000).files == 8192);
  REQUIRE(share_descriptors(1'000'000).connections == 990'808);
  REQUIRE(share_descriptors(20'000).connections >= 10'000);
  REQUIRE(share_descriptors(1'024).files == 64);
  REQUIRE(share_descriptors(1'024).connections == 100);
  for (const std::uint64_t limit : {4'000u, 20'000u, 65'536u}) {
    const auto shares = share_descriptors(limit);
    REQUIRE(shares.files + shares.connections + kDescriptorsBase <= limit);
  }
}

}  // namespace millrace::node
