#include "base/settings/properties.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <fmt/format.h>

namespace millrace {
namespace {

std::string strip(std::string_view text) {
  return std::string(absl::StripAsciiWhitespace({text.data(), text.size()}));
}

std::string_view take_line(std::string_view& text) {
  const auto end = text.find('\n');
  const auto line = text.substr(0, end);
  text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
  return line;
}

/// An odd number of backslashes at the end continues the line.
bool continues(const std::string& line) {
  std::size_t backslashes = 0;
  while (backslashes < line.size() && line[line.size() - 1 - backslashes] == '\\') ++backslashes;
  return backslashes % 2 == 1;
}

Result<Property> parse_pair(const std::string& line, const std::string& source) {
  const auto at = line.find_first_of("=:");
  if (at == std::string::npos || at == 0) {
    return fail(ErrorCode::kInvalidConfig, fmt::format("{}: '{}' is not key=value", source, line));
  }
  return Property{strip(std::string_view(line).substr(0, at)),
                  strip(std::string_view(line).substr(at + 1)), source};
}

}  // namespace

Result<std::vector<Property>> parse_properties(std::string_view text, const std::string& name) {
  if (text.size() > kPropertiesBytesMax) {
    return fail(ErrorCode::kInvalidConfig,
                fmt::format("the configuration {} is larger than 1 MiB", name));
  }
  std::vector<Property> properties;
  for (int number = 1; !text.empty(); ++number) {
    const auto source = fmt::format("{}:{}", name, number);
    auto line = strip(take_line(text));
    if (line.empty() || line[0] == '#' || line[0] == '!') continue;
    while (continues(line) && !text.empty()) {
      line.pop_back();
      line += strip(take_line(text));
      ++number;
    }
    ASSIGN_OR_RETURN(auto property, parse_pair(line, source));
    properties.push_back(std::move(property));
  }
  return properties;
}

Result<Property> parse_set_option(std::string_view text) {
  const auto at = text.find('=');
  if (at == std::string_view::npos || at == 0) {
    return fail(ErrorCode::kInvalidConfig, fmt::format("--set {}: expected key=value", text));
  }
  return Property{strip(text.substr(0, at)), strip(text.substr(at + 1)), "--set"};
}

}  // namespace millrace
