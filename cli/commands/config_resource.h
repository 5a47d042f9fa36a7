#pragma once

#include <cstdint>

namespace millrace::cli {

/// Resource type of a topic in the configuration requests.
inline constexpr std::int8_t kTopicResource = 2;

}  // namespace millrace::cli
