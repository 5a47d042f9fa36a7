#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/settings/properties.h"

namespace millrace::node {

/// What `millraced` was asked to do.
struct CommandLine {
  std::vector<Property> properties;  // of the file, then of --set: later ones win
  /// Only look whether the configuration holds.
  bool check = false;
  /// Something to print before ending with `exit_code`: help, version, or what is wrong.
  std::optional<std::string> print;
  int exit_code = 0;
};

inline constexpr int kExitUsage = 2;        // command line or configuration
inline constexpr int kExitEnvironment = 1;  // port taken, directory locked, disk, permissions

CommandLine parse_command_line(int argc, const char* const* argv);

}  // namespace millrace::node
