#include "node/peer/link.h"

#include "node/peer/constants.h"
#include "tests/support/catch.h"

namespace millrace::node {

TEST_CASE("the back-off doubles up to a second, with a little chance") {
  Random random(3);
  for (int failures = 0; failures < 100; ++failures) {
    const auto longest = std::min(std::chrono::milliseconds(50 << std::min(failures, 10)),
                                  std::chrono::milliseconds(1000));
    for (int i = 0; i < 50; ++i) {
      const auto wait = back_off(failures, random);
      REQUIRE(wait >= kBackOffMin);
      REQUIRE(wait >= longest * 4 / 5);
      REQUIRE(wait <= longest);
    }
  }
}

}  // namespace millrace::node
