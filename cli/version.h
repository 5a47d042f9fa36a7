#pragma once

namespace millrace::cli {

/// Of the program, as --version prints it and ApiVersions reports it.
inline constexpr const char* kVersion = MILLRACE_VERSION;

}  // namespace millrace::cli
