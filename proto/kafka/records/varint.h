#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.h"

/// Zigzag variable-length integers, as records hold them.
namespace millrace::kafka {

inline constexpr std::size_t kVarintBytesMax = 5;
inline constexpr std::size_t kVarlongBytesMax = 10;

/// Takes one integer of at most `bytes_max` bytes off the front of `bytes`; nothing when it is cut
/// short or longer. More bytes than the value needs are allowed, as Kafka's readers allow them.
inline std::optional<std::int64_t> take_zigzag(ByteView& bytes, std::size_t bytes_max) {
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < bytes.size() && i < bytes_max; ++i) {
    const std::uint8_t byte = bytes[i];
    if (i == kVarlongBytesMax - 1 && byte > 1) return std::nullopt;
    bits |= static_cast<std::uint64_t>(byte & 0x7f) << (7 * i);
    if (byte < 0x80) {
      bytes = bytes.subspan(i + 1);
      return static_cast<std::int64_t>(bits >> 1) ^ -static_cast<std::int64_t>(bits & 1);
    }
  }
  return std::nullopt;
}

/// Timestamps are 64 bits wide.
inline std::optional<std::int64_t> take_varlong(ByteView& bytes) {
  return take_zigzag(bytes, kVarlongBytesMax);
}

/// Lengths, counts and offset deltas are 32 bits wide; what needs more is refused.
inline std::optional<std::int64_t> take_varint(ByteView& bytes) {
  const auto value = take_zigzag(bytes, kVarintBytesMax);
  if (!value || *value < INT32_MIN || *value > INT32_MAX) return std::nullopt;
  return value;
}

inline void put_varlong(std::vector<std::uint8_t>& out, std::int64_t value) {
  auto bits = (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
  for (; bits >= 0x80; bits >>= 7) out.push_back(static_cast<std::uint8_t>(bits | 0x80));
  out.push_back(static_cast<std::uint8_t>(bits));
}

}  // namespace millrace::kafka
