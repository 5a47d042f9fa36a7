#include "cli/text/duration.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cstdint>
#include <optional>

namespace millrace::cli {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t ms;
};
// The longest first: how duration_text cuts a duration into parts.
constexpr std::array<Unit, 5> kUnits = {
    {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}}};

constexpr std::int64_t kMsMax = std::chrono::milliseconds(kDurationMax).count();

std::optional<std::int64_t> unit_ms(std::string_view name) {
  for (const auto& unit : kUnits) {
    if (unit.name == name) return unit.ms;
  }
  return std::nullopt;
}

// One number with its unit, cut from the front of `text`; nothing if there is none or it is too
// long.
std::optional<std::int64_t> take_part(std::string_view& text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || number < 0) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  const auto unit_size = std::min(text.find_first_of("0123456789"), text.size());
  const auto ms = unit_ms(text.substr(0, unit_size));
  if (!ms || number > kMsMax / *ms) return std::nullopt;
  text.remove_prefix(unit_size);
  return number * *ms;
}

}  // namespace

Answer<std::chrono::milliseconds> parse_duration(std::string_view text, std::string_view flag) {
  const auto refused = [&, whole = text](std::string_view why) {
    return problem(usage_problem(std::string(flag), fmt::format("{} {}: {}", flag, whole, why),
                                 "write a number with a unit, such as 500ms, 15s, 2m or 1h"));
  };
  if (text.empty()) return refused("no duration");
  std::int64_t total_ms = 0;
  while (!text.empty()) {
    const auto part = take_part(text);
    if (!part) return refused("not a duration");
    total_ms += *part;
    if (total_ms > kMsMax) return refused("longer than a year");
  }
  return std::chrono::milliseconds(total_ms);
}

std::string duration_text(std::chrono::milliseconds duration) {
  std::int64_t left = duration.count();
  std::string text;
  for (const auto& unit : kUnits) {
    if (left >= unit.ms) text += fmt::format("{}{}", left / unit.ms, unit.name);
    left %= unit.ms;
  }
  return text.empty() ? "0s" : text;
}

}  // namespace millrace::cli
