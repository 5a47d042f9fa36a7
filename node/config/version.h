#pragma once

#include <string_view>

namespace millrace::node {

/// MILLRACE_VERSION comes from the project's version in CMakeLists.txt.
inline constexpr std::string_view kVersion = MILLRACE_VERSION;

}  // namespace millrace::node
