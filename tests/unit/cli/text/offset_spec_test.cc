#include "cli/text/offset_spec.h"

#include "tests/support/catch.h"

namespace millrace::cli {

TEST_CASE("offsets are names, numbers, counts from the end and times") {
  using Kind = OffsetSpec::Kind;
  const TimestampMs now(1'000'000);
  const auto parsed = [&](const char* text) { return parse_offset_spec(text, now).value(); };
  REQUIRE(parsed("start") == OffsetSpec{Kind::kStart, 0});
  REQUIRE(parsed("end") == OffsetSpec{Kind::kEnd, 0});
  REQUIRE(parsed("0") == OffsetSpec{Kind::kAt, 0});
  REQUIRE(parsed("42") == OffsetSpec{Kind::kAt, 42});
  REQUIRE(parsed("-10") == OffsetSpec{Kind::kBeforeEnd, 10});
  REQUIRE(parsed("@5000") == OffsetSpec{Kind::kMoment, 5000});
  REQUIRE(parsed("@-1s") == OffsetSpec{Kind::kMoment, 999'000});
  for (const char* text : {"", "-", "+5", "5x", "beginning", "@", "--5", "99999999999999999999"}) {
    CAPTURE(text);
    REQUIRE_FALSE(parse_offset_spec(text, now).has_value());
  }
}

}  // namespace millrace::cli
