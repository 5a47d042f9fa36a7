#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace millrace::node {

/// One setting as a user wrote it.
struct Property {
  std::string key;
  std::string value;
  std::string source;  // "FILE:LINE" or "--set", for messages
};

/// Reads Java's properties format, as Kafka's server.properties has it: `key=value` or `key:
/// value`, comments with # or !, and lines that go on after a backslash at the end. Order is kept.
/// Errors: kInvalidConfig, naming `name` and the line.
Result<std::vector<Property>> parse_properties(std::string_view text, const std::string& name);

/// Errors: kInvalidConfig naming the file when it cannot be read.
Result<std::vector<Property>> read_properties(const std::string& path);

/// `key=value` from the command line.
Result<Property> parse_set_option(std::string_view text);

}  // namespace millrace::node
