#include "cli/text/moment.h"

#include <absl/strings/string_view.h>
#include <absl/time/time.h>
#include <fmt/format.h>

#include <charconv>
#include <cstdint>

#include "cli/text/duration.h"

namespace millrace::cli {
namespace {

// %E*S takes whole seconds and fractions, %Ez takes "Z" and "+02:00".
constexpr const char* kForms[] = {"%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%E*S",
                                  "%Y-%m-%dT%H:%M%Ez", "%Y-%m-%dT%H:%M:%E*S%Ez"};

}  // namespace

Answer<TimestampMs> parse_moment(std::string_view text, TimestampMs now, std::string_view flag) {
  if (text.starts_with('-')) {
    const auto ago = parse_duration(text.substr(1), flag);
    if (!ago) return problem(ago.error());
    return TimestampMs(now.value() - ago->count());
  }
  std::int64_t ms = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), ms);
  if (error == std::errc() && end == text.data() + text.size() && ms >= 0) return TimestampMs(ms);
  for (const char* form : kForms) {
    absl::Time time;
    const absl::string_view input(text.data(), text.size());
    if (absl::ParseTime(form, input, absl::UTCTimeZone(), &time, nullptr)) {
      return TimestampMs(absl::ToUnixMillis(time));
    }
  }
  return problem(usage_problem(std::string(flag), fmt::format("{}: '{}' is not a time", flag, text),
                               "write 2026-11-20T12:00 (UTC), 2026-11-20T12:00+02:00, milliseconds "
                               "since 1970, or -15m for 15 minutes ago"));
}

std::string moment_text(TimestampMs moment) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", absl::FromUnixMillis(moment.value()),
                          absl::UTCTimeZone());
}

}  // namespace millrace::cli
