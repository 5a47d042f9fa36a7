#include "proto/kafka/codec/describer.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace millrace::kafka {

namespace {
constexpr std::string_view kCut = "...";
}

std::string Describer::take() {
  if (full()) {
    text_.resize(bytes_max_ - std::min(bytes_max_, kCut.size()));
    text_ += kCut;
  }
  return std::exchange(text_, {});
}

void Describer::begin_field(const char* name) {
  if (!text_.empty() && text_.back() != '{') text_ += ", ";
  text_ += name;
  text_ += '=';
}

void Describer::put(double value) {
  text_ += fmt::format("{}", value);
}

// Quoted; control characters and quotes are escaped, so that one message stays one line.
void Describer::put(const std::string& value) {
  text_ += '"';
  for (const char c : value) {
    if (full()) break;
    if (c == '"' || c == '\\') {
      text_ += '\\';
      text_ += c;
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      text_ += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    } else {
      text_ += c;
    }
  }
  text_ += '"';
}

void Describer::put(KafkaError value) {
  const std::string_view name = name_of(value);
  if (name.empty()) {
    put(static_cast<std::int16_t>(value));
  } else {
    text_ += name;
  }
}

void Describer::put_size(std::size_t bytes) {
  text_ += fmt::format("<{} bytes>", bytes);
}

void Describer::put(const UnknownTags& value) {
  put_list(value, [this](const UnknownTag& unknown) {
    text_ += fmt::format("{}:", unknown.tag);
    put(unknown.bytes);
  });
}

}  // namespace millrace::kafka
