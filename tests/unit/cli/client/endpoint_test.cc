#include "cli/client/endpoint.h"

#include "tests/support/catch.h"

namespace millrace::cli {

TEST_CASE("addresses have a host and a port that may be left out") {
  const auto list = parse_endpoints("a:1, b ,[::1]:3,[fe80::1],", "from -b").value();
  REQUIRE(list == std::vector<Endpoint>{{"a", 1}, {"b", 9092}, {"::1", 3}, {"fe80::1", 9092}});
  REQUIRE(list[2].text() == "[::1]:3");
  REQUIRE(list[0].text() == "a:1");
}

TEST_CASE("what is no address is refused") {
  for (const char* text : {"", ",", "a:", "a:x", "a:0", "a:65536", ":9092", "[::1", "[::1]9092",
                           "http://a", "a b:1", "a:1:2", "user@a"}) {
    CAPTURE(text);
    const auto parsed = parse_endpoints(text, "from -b");
    REQUIRE_FALSE(parsed.has_value());
    REQUIRE(parsed.error().exit == ExitCode::kUsage);
  }
}

TEST_CASE("the list of bootstrap servers has a limit") {
  std::string text;
  for (std::size_t i = 0; i < kBootstrapServersMax; ++i) text += "a:1,";
  REQUIRE(parse_endpoints(text, "from -b").has_value());
  REQUIRE_FALSE(parse_endpoints(text + "a:1", "from -b").has_value());
}

}  // namespace millrace::cli
