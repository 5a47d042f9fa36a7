#include "cli/text/moment.h"

#include "tests/support/catch.h"

namespace millrace::cli {
namespace {

constexpr TimestampMs kNow{1'700'000'000'000};

std::int64_t ms_of(const char* text) {
  const auto parsed = parse_moment(text, kNow, "--offset");
  return parsed ? parsed->value() : -1;
}

}  // namespace

TEST_CASE("moments are dates, milliseconds or a duration ago") {
  REQUIRE(ms_of("1970-01-02") == 86'400'000);
  REQUIRE(ms_of("2026-11-20T12:00") == 1'795'176'000'000);
  REQUIRE(ms_of("2026-11-20T12:00:30.5") == 1'795'176'030'500);
  REQUIRE(ms_of("2026-11-20T12:00Z") == 1'795'176'000'000);
  REQUIRE(ms_of("2026-11-20T12:00+02:00") == 1'795'176'000'000 - 7'200'000);
  REQUIRE(ms_of("2026-11-20T12:00:00-01:30") == 1'795'176'000'000 + 5'400'000);
  REQUIRE(ms_of("1795176000000") == 1'795'176'000'000);
  REQUIRE(ms_of("-15m") == kNow.value() - 900'000);
}

TEST_CASE("what is no moment is refused") {
  for (const char* text :
       {"", "yesterday", "2026-13-01", "2026-11-20 12:00", "-", "-15", "12:00"}) {
    CAPTURE(text);
    REQUIRE(ms_of(text) == -1);
  }
}

TEST_CASE("moments are shown in UTC") {
  REQUIRE(moment_text(TimestampMs(1'795'176'030'500)) == "2026-11-20T12:00:30.500Z");
}

}  // namespace millrace::cli
