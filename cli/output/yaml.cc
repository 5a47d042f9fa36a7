#include "cli/output/yaml.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace millrace::cli {
namespace {

// YAML 1.1 and 1.2 readers take these for something else than a string.
constexpr std::array<std::string_view, 12> kReserved = {"null", "true", "false", "yes", "no",  "on",
                                                        "off",  "y",    "n",     "nan", "inf", "~"};

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_plain(char c) {
  return is_letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.' || c == '/';
}

bool needs_quotes(const std::string& text) {
  if (text.empty() || !is_letter(text.front())) return true;
  if (!std::all_of(text.begin(), text.end(), is_plain)) return true;
  std::string lower = text;
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return std::find(kReserved.begin(), kReserved.end(), lower) != kReserved.end();
}

// JSON's string syntax is valid YAML.
std::string scalar_text(const Json& value) {
  if (value.is_string() && !needs_quotes(value.get<std::string>())) return value.get<std::string>();
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

void append_value(const Json& value, std::size_t indent, std::string& out);

bool is_scalar(const Json& value) {
  return !value.is_structured();
}

std::string empty_text(const Json& value) {
  return value.is_array() ? "[]" : "{}";
}

// What stands after "key:" or "-".
void append_after_marker(const Json& value, std::size_t indent, bool in_list, std::string& out) {
  if (is_scalar(value)) {
    out += " " + scalar_text(value) + "\n";
  } else if (value.empty()) {
    out += " " + empty_text(value) + "\n";
  } else if (in_list) {
    // The first key of an object stands on the line of its dash.
    std::string block;
    append_value(value, indent, block);
    out += " " + block.substr(indent);
  } else {
    out += "\n";
    append_value(value, indent, out);
  }
}

void append_value(const Json& value, std::size_t indent, std::string& out) {
  const std::string blanks(indent, ' ');
  if (value.is_array()) {
    for (const auto& element : value) {
      out += blanks + "-";
      append_after_marker(element, indent + 2, true, out);
    }
    return;
  }
  for (const auto& [name, member] : value.items()) {
    out += blanks + scalar_text(Json(name)) + ":";
    append_after_marker(member, indent + 2, false, out);
  }
}

}  // namespace

std::string yaml_text(const Json& value) {
  if (is_scalar(value)) return scalar_text(value) + "\n";
  if (value.empty()) return empty_text(value) + "\n";
  std::string out;
  append_value(value, 0, out);
  return out;
}

}  // namespace millrace::cli
