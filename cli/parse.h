#pragma once

#include <string>
#include <vector>

#include "cli/invocation.h"
#include "cli/problem.h"

namespace millrace::cli {

/// What a command line asks for.
struct Parsed {
  enum class Kind { kCommand, kHelp, kVersion, kProperties, kNothing };
  Kind kind = Kind::kCommand;
  /// Of kHelp: the noun or command it is about; "" for the program.
  std::string path;
  Invocation invocation;
};

/// Parses with CLI11 after the command table. Problems are usage problems that name the nearest
/// command or flag.
Answer<Parsed> parse(const std::vector<std::string>& args, const Environment& environment);

/// The options that every command takes, from a line that need not be complete: completion asks the
/// cluster that the line names.
Answer<Globals> parse_globals(const std::vector<std::string>& args, const Environment& environment);

/// What a command line that failed to parse says of itself: enough to report the failure in the
/// format that was asked for.
struct Glimpse {
  std::string command;
  OutputFormat output = OutputFormat::kTable;
};
Glimpse glimpse(const std::vector<std::string>& args);

}  // namespace millrace::cli
