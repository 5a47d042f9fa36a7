#include "cli/text/encoding.h"

#include <absl/strings/escaping.h>
#include <absl/strings/string_view.h>
#include <fmt/format.h>

#include <charconv>

namespace millrace::cli {
namespace {

struct Lead {
  std::size_t bytes = 0;  // of the whole character; 0 for a byte that cannot lead
  unsigned char second_min = 0x80;
  unsigned char second_max = 0xbf;
};

// The table of well-formed sequences in RFC 3629, section 4.
Lead lead_of(unsigned char byte) {
  if (byte < 0x80) return {1};
  if (byte >= 0xc2 && byte <= 0xdf) return {2};
  if (byte == 0xe0) return {3, 0xa0, 0xbf};
  if (byte == 0xed) return {3, 0x80, 0x9f};
  if (byte >= 0xe1 && byte <= 0xef) return {3};
  if (byte == 0xf0) return {4, 0x90, 0xbf};
  if (byte >= 0xf1 && byte <= 0xf3) return {4};
  if (byte == 0xf4) return {4, 0x80, 0x8f};
  return {};
}

bool starts_character(std::string_view bytes, const Lead& lead) {
  if (lead.bytes == 0 || bytes.size() < lead.bytes) return false;
  for (std::size_t i = 1; i < lead.bytes; ++i) {
    const auto byte = static_cast<unsigned char>(bytes[i]);
    if (byte < (i == 1 ? lead.second_min : 0x80)) return false;
    if (byte > (i == 1 ? lead.second_max : 0xbf)) return false;
  }
  return true;
}

std::optional<char> simple_escape(char letter) {
  switch (letter) {
    case 't':
      return '\t';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case '0':
      return '\0';
    case '\\':
      return '\\';
    default:
      return std::nullopt;
  }
}

std::optional<char> hex_byte(std::string_view digits) {
  unsigned value = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  if (digits.size() != 2 || error != std::errc() || end != digits.data() + 2) return std::nullopt;
  return static_cast<char>(value);
}

}  // namespace

bool is_utf8(std::string_view bytes) {
  while (!bytes.empty()) {
    const Lead lead = lead_of(static_cast<unsigned char>(bytes.front()));
    if (!starts_character(bytes, lead)) return false;
    bytes.remove_prefix(lead.bytes);
  }
  return true;
}

std::string base64(std::string_view bytes) {
  return absl::Base64Escape(absl::string_view(bytes.data(), bytes.size()));
}

std::optional<std::string> from_base64(std::string_view text) {
  std::string bytes;
  if (!absl::Base64Unescape(absl::string_view(text.data(), text.size()), &bytes)) {
    return std::nullopt;
  }
  return bytes;
}

std::string escape_cell(std::string_view text) {
  std::string cell;
  for (const char c : text) {
    switch (c) {
      case '\t':
        cell += "\\t";
        break;
      case '\n':
        cell += "\\n";
        break;
      case '\r':
        cell += "\\r";
        break;
      case '\\':
        cell += "\\\\";
        break;
      default:
        cell += c;
    }
  }
  return cell;
}

Answer<std::string> unescape(std::string_view text, std::string_view flag) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      plain += text[i];
      continue;
    }
    const auto rest = text.substr(i + 1);
    const bool hex = rest.starts_with('x');
    const auto byte = hex            ? hex_byte(rest.substr(1, 2))
                      : rest.empty() ? std::nullopt
                                     : simple_escape(rest.front());
    if (!byte) {
      return problem(
          usage_problem(std::string(flag),
                        fmt::format("{}: '{}' is not an escape", flag, text.substr(i, hex ? 4 : 2)),
                        "the escapes are \\t, \\n, \\r, \\0, \\\\ and \\xHH"));
    }
    plain += *byte;
    i += hex ? 3 : 1;
  }
  return plain;
}

}  // namespace millrace::cli
