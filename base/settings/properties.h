#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace millrace {

/// One setting as a user wrote it.
struct Property {
  std::string key;
  std::string value;
  std::string source;  // "FILE:LINE" or "--set", for messages
};

/// A configuration larger than this is none.
inline constexpr std::size_t kPropertiesBytesMax = 1 << 20;

/// Reads Java's properties format, as Kafka's server.properties has it: `key=value` or `key:
/// value`, comments with # or !, and lines that go on after a backslash at the end. Order is kept.
/// Reading the file is the caller's: node and command reach files in different ways.
/// Errors: kInvalidConfig, naming `name` and the line, and for what is above kPropertiesBytesMax.
Result<std::vector<Property>> parse_properties(std::string_view text, const std::string& name);

/// `key=value` from the command line.
Result<Property> parse_set_option(std::string_view text);

}  // namespace millrace
