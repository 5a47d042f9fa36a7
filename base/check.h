#pragma once

#include <string_view>

namespace millrace {

/// Prints the failed condition, its place and `state` to stderr and aborts.
[[noreturn]] void check_failed(const char* condition, const char* file, int line,
                               std::string_view state);

}  // namespace millrace

/// A bug, not an expected failure: on in every build, prints and aborts. The second form adds text
/// that describes the state: `CHECK_MSG(a <= b, fmt::format("a={} b={}", a, b))`.
#define CHECK(condition) CHECK_MSG(condition, "")
#define CHECK_MSG(condition, state)                                      \
  do {                                                                   \
    if (!(condition)) [[unlikely]] {                                     \
      ::millrace::check_failed(#condition, __FILE__, __LINE__, (state)); \
    }                                                                    \
  } while (false)
