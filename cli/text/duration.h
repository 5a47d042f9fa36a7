#pragma once

#include <chrono>
#include <string_view>

#include "cli/problem.h"

namespace millrace::cli {

/// Longest duration that a flag takes: beyond it somebody mixed up the units.
inline constexpr std::chrono::hours kDurationMax{24 * 365};

/// "500ms", "15s", "2m", "1h", "7d" or sums of them such as "1m30s". A number without a unit is
/// refused, because no reader knows whether it means seconds. `flag` is named in the problem.
Answer<std::chrono::milliseconds> parse_duration(std::string_view text, std::string_view flag);

/// The shortest form that parses back: "15s", "1m30s", "250ms".
std::string duration_text(std::chrono::milliseconds duration);

}  // namespace millrace::cli
