#include "cli/text/duration.h"

#include "tests/support/catch.h"

namespace millrace::cli {
namespace {

using std::chrono::milliseconds;

long long ms_of(const char* text) {
  const auto parsed = parse_duration(text, "--timeout");
  return parsed ? parsed->count() : -1;
}

}  // namespace

TEST_CASE("durations have units and may be sums") {
  REQUIRE(ms_of("15s") == 15'000);
  REQUIRE(ms_of("500ms") == 500);
  REQUIRE(ms_of("2m") == 120'000);
  REQUIRE(ms_of("1m30s") == 90'000);
  REQUIRE(ms_of("1h") == 3'600'000);
  REQUIRE(ms_of("7d") == 604'800'000);
  REQUIRE(ms_of("0s") == 0);
}

TEST_CASE("what is no duration is refused") {
  for (const char* text :
       {"", "15", "s", "15 s", "-15s", "15x", "1.5s", "15s2", "15sec", "99999999999999999999s"}) {
    CAPTURE(text);
    REQUIRE(ms_of(text) == -1);
  }
}

TEST_CASE("a year is the longest duration") {
  REQUIRE(ms_of("365d") == std::chrono::duration_cast<milliseconds>(kDurationMax).count());
  REQUIRE(ms_of("366d") == -1);
  REQUIRE(ms_of("365d1ms") == -1);
  REQUIRE(ms_of("9223372036854775807ms") == -1);
}

TEST_CASE("a duration's text parses back") {
  REQUIRE(duration_text(milliseconds(0)) == "0s");
  REQUIRE(duration_text(milliseconds(90'250)) == "1m30s250ms");
  for (const long long ms : {1LL, 999LL, 1'000LL, 61'001LL, 86'400'000LL, 90'061'001LL}) {
    REQUIRE(ms_of(duration_text(milliseconds(ms)).c_str()) == ms);
  }
}

}  // namespace millrace::cli
