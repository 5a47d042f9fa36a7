#include "base/uuid.h"

#include <absl/strings/escaping.h>
#include <fmt/format.h>

#include <algorithm>

#include "base/bytes.h"
#include "base/random.h"

namespace millrace {

namespace {
constexpr std::size_t kTextLength = 22;
}

Uuid Uuid::random(Random& random) {
  for (;;) {
    std::array<std::uint8_t, kBytes> bytes;
    store_be<std::uint64_t>(bytes.data(), random.next());
    store_be<std::uint64_t>(bytes.data() + 8, random.next());
    bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0f) | 0x40);
    bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3f) | 0x80);
    const Uuid id(bytes);
    if (id.to_string().front() != '-') return id;
  }
}

Result<Uuid> Uuid::parse(std::string_view text) {
  std::string raw;
  if (text.size() != kTextLength ||
      !absl::WebSafeBase64Unescape(absl::string_view(text.data(), text.size()), &raw) ||
      raw.size() != kBytes) {
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("'{}' is not an id: expected 22 characters of URL-safe base64", text));
  }
  std::array<std::uint8_t, kBytes> bytes;
  std::copy(raw.begin(), raw.end(), bytes.begin());
  return Uuid(bytes);
}

std::string Uuid::to_string() const {
  return absl::WebSafeBase64Escape(
      absl::string_view(reinterpret_cast<const char*>(bytes_.data()), bytes_.size()));
}

}  // namespace millrace
