#pragma once

#include <string_view>

#include "base/ids.h"
#include "cli/problem.h"

namespace millrace::cli {

/// A moment as a flag names it: "2026-11-20", "2026-11-20T12:00", "2026-11-20T12:00:30.5" (UTC
/// unless a zone follows: "Z", "+02:00"), milliseconds since 1970, or a duration ago, "-15m". `now`
/// is what the last form counts from; `flag` is named in the problem.
Answer<TimestampMs> parse_moment(std::string_view text, TimestampMs now, std::string_view flag);

/// "2026-11-20T12:00:00.000Z"
std::string moment_text(TimestampMs moment);

}  // namespace millrace::cli
