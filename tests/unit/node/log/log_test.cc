#include "node/log/log.h"

#include "tests/support/catch.h"

namespace millrace::node {

using namespace std::chrono_literals;

TEST_CASE("a line is logfmt, with quotes only where they are needed") {
  REQUIRE(format_log_line("ready", {{"took_ms", 12}, {"address", "127.0.0.1:9092"}}) ==
          "msg=ready took_ms=12 address=127.0.0.1:9092");
  REQUIRE(format_log_line("two words", {{"empty", ""}, {"equals", "a=b"}}) ==
          R"(msg="two words" empty="" equals="a=b")");
  REQUIRE(format_log_line("x", {{"evil", "a\"b\\c\nd\x01"}}) == R"(msg=x evil="a\"b\\c\nd\x01")");
}

TEST_CASE("a line limit lets some through per interval and counts the rest") {
  LineLimit limit(2, 10s);
  const MonotonicTime start(1h);
  REQUIRE(limit.allow(start));
  REQUIRE(limit.allow(start + 1s));
  REQUIRE_FALSE(limit.allow(start + 2s));
  REQUIRE_FALSE(limit.allow(start + 9s));
  REQUIRE(limit.allow(start + 10s));
  REQUIRE(format_log_line("x", {limit.take_suppressed()}) == "msg=x not_shown=2");
  REQUIRE(format_log_line("x", {limit.take_suppressed()}) == "msg=x");
}

}  // namespace millrace::node
