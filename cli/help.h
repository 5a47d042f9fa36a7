#pragma once

#include <string>

#include "cli/output/json.h"

/// The command table as text for people and as data for programs.
namespace millrace::cli {

/// Help of the program (""), of a noun or of a command. Requires: the path exists.
std::string help_text(const std::string& path);

/// The same as JSON: the whole tree for "".
Json help_json(const std::string& path);

/// docs/reference/cli.md.
std::string help_markdown();

/// Whether there is a noun or command of that path.
bool has_help(const std::string& path);

}  // namespace millrace::cli
