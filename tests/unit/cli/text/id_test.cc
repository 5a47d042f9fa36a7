#include "cli/text/id.h"

#include "tests/support/catch.h"

namespace millrace::cli {

TEST_CASE("an id is 22 characters and not all zeros") {
  REQUIRE(parse_id("--x", "J8aAPcfLQt2bqs1JT_rMgQ").has_value());
  for (const char* bad : {"", "short", "J8aAPcfLQt2bqs1JT/rMgQ", "AAAAAAAAAAAAAAAAAAAAAA"}) {
    const auto id = parse_id("--x", bad);
    REQUIRE_FALSE(id.has_value());
    REQUIRE(id.error().exit == ExitCode::kUsage);
    REQUIRE(id.error().message == std::string("--x '") + bad + "' is not an id");
  }
}

}  // namespace millrace::cli
