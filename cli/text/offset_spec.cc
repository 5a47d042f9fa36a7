#include "cli/text/offset_spec.h"

#include <fmt/format.h>

#include <charconv>

#include "cli/text/moment.h"

namespace millrace::cli {

Answer<OffsetSpec> parse_offset_spec(std::string_view text, TimestampMs now) {
  using Kind = OffsetSpec::Kind;
  if (text == "start") return OffsetSpec{Kind::kStart, 0};
  if (text == "end") return OffsetSpec{Kind::kEnd, 0};
  if (text.starts_with('@')) {
    const auto moment = parse_moment(text.substr(1), now, "--offset");
    if (!moment) return problem(moment.error());
    return OffsetSpec{Kind::kMoment, moment->value()};
  }
  const bool from_end = text.starts_with('-');
  const auto digits = from_end ? text.substr(1) : text;
  std::int64_t number = -1;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size() || number < 0) {
    return problem(usage_problem(
        "--offset", fmt::format("--offset {}: not an offset", text),
        "write start, end, an offset, -N for the last N records of each partition, or @TIME"));
  }
  return OffsetSpec{from_end ? Kind::kBeforeEnd : Kind::kAt, number};
}

}  // namespace millrace::cli
