#include "cli/records/record_format.h"

#include <fmt/format.h>

#include <array>
#include <cstdint>

#include "base/bytes.h"
#include "cli/text/encoding.h"

namespace millrace::cli {
namespace {

constexpr std::string_view kVerbs = "svSRkKtpoTh";

std::int32_t length_or_null(const std::optional<std::string>& bytes) {
  return bytes ? static_cast<std::int32_t>(bytes->size()) : -1;
}

void append_length_prefix(const std::optional<std::string>& bytes, std::string& out) {
  std::array<std::uint8_t, 4> prefix{};
  store_be<std::int32_t>(prefix.data(), length_or_null(bytes));
  out += as_text(prefix);
}

void append_headers(const std::vector<RecordHeader>& headers, std::string& out) {
  for (std::size_t i = 0; i < headers.size(); ++i) {
    if (i > 0) out += ',';
    out += headers[i].first + "=" + headers[i].second.value_or("NULL");
  }
}

}  // namespace

Answer<RecordFormat> RecordFormat::parse(std::string_view text) {
  RecordFormat format;
  while (!text.empty()) {
    const auto percent = std::min(text.find('%'), text.size());
    auto literal = unescape(text.substr(0, percent), "-f");
    if (!literal) return problem(literal.error());
    format.pieces_.push_back({0, std::move(*literal)});
    text.remove_prefix(percent);
    if (text.empty()) break;
    const char verb = text.size() > 1 ? text[1] : 0;
    if (verb == '%') {
      format.pieces_.push_back({0, "%"});
    } else if (verb != 0 && kVerbs.find(verb) != std::string_view::npos) {
      format.pieces_.push_back({verb, ""});
    } else {
      return problem(usage_problem("-f", fmt::format("-f: unknown verb '{}'", text.substr(0, 2)),
                                   "the verbs are %s %v %S %R %k %K %t %p %o %T %h and %%"));
    }
    text.remove_prefix(2);
  }
  return format;
}

void RecordFormat::append(const Record& record, std::string& out) const {
  for (const auto& piece : pieces_) {
    if (piece.verb == 0) {
      out += piece.text;
    } else {
      append_verb(piece.verb, record, out);
    }
  }
}

void RecordFormat::append_verb(char verb, const Record& record, std::string& out) {
  switch (verb) {
    case 's':
    case 'v':
      out += record.value.value_or("");
      break;
    case 'S':
      out += std::to_string(length_or_null(record.value));
      break;
    case 'R':
      append_length_prefix(record.value, out);
      break;
    case 'k':
      out += record.key.value_or("");
      break;
    case 'K':
      out += std::to_string(length_or_null(record.key));
      break;
    case 't':
      out += record.topic;
      break;
    case 'p':
      out += to_string(record.partition);
      break;
    case 'o':
      out += to_string(record.offset);
      break;
    case 'T':
      out += to_string(record.timestamp);
      break;
    case 'h':
      append_headers(record.headers, out);
      break;
    default:
      CHECK_MSG(false, std::string("verb ") + verb);
  }
}

}  // namespace millrace::cli
