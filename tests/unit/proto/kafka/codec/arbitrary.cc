#include "tests/unit/proto/kafka/codec/arbitrary.h"

#include "proto/kafka/codec/writer.h"

namespace millrace::kafka {

namespace {
constexpr std::uint32_t kFirstUnknownTag = 100;
}

// Sometimes just around the size from which the writer appends by reference.
std::size_t Arbitrary::size() {
  if (random_.chance(1, 20)) return Writer::kReferenceBytesMin - 1 + random_.below(3);
  return random_.below(12);
}

Uuid Arbitrary::uuid() {
  return random_.chance(1, 4) ? Uuid() : Uuid::random(random_);
}

std::string Arbitrary::string() {
  std::string text(size(), ' ');
  for (auto& c : text) c = static_cast<char>(random_.below(256));
  return text;
}

SharedBytes Arbitrary::bytes() {
  const std::string content = string();
  return SharedBytes::copy_of(as_bytes(content));
}

BytesChain Arbitrary::records() {
  BytesChain chain;
  for (auto pieces = random_.below(4); pieces > 0; --pieces) chain.append(bytes());
  return chain;
}

UnknownTags Arbitrary::unknown_tags() {
  UnknownTags tags;
  if (!random_.chance(1, 4)) return tags;
  std::uint32_t tag = kFirstUnknownTag;
  for (auto count = 1 + random_.below(3); count > 0; --count) {
    tag += 1 + static_cast<std::uint32_t>(random_.below(1000));
    tags.push_back({tag, bytes()});
  }
  return tags;
}

}  // namespace millrace::kafka
