#pragma once

#include <cstdint>
#include <string_view>

#include "base/ids.h"
#include "cli/problem.h"

namespace millrace::cli {

/// Where reading starts, as `--offset` names it.
struct OffsetSpec {
  enum class Kind {
    kStart,      // the oldest record that is kept
    kEnd,        // the next record that is written
    kAt,         // `value` is an offset
    kBeforeEnd,  // `value` records before the end
    kMoment,     // the first record whose timestamp is `value` ms or later
  };
  Kind kind = Kind::kStart;
  std::int64_t value = 0;

  friend bool operator==(const OffsetSpec&, const OffsetSpec&) = default;
};

/// "start", "end", "N", "-N" or "@TIME" (see parse_moment).
Answer<OffsetSpec> parse_offset_spec(std::string_view text, TimestampMs now);

}  // namespace millrace::cli
