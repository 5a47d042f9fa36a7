#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "tests/unit/proto/kafka/codec/arbitrary.h"

namespace millrace::kafka {

/// What became of one decoded message.
struct Decoded {
  std::string content;  // without defaults and without a limit
  std::string described;
  std::vector<std::uint8_t> encoded;
  std::size_t left_over;  // bytes that followed the message
  bool round_trip;        // decoding `encoded` gave an equal message
};

/// Every message as a value, for tests that run over all of them.
struct MessageType {
  std::string_view name;
  std::int16_t min_version;
  std::int16_t max_version;
  Result<Decoded> (*decode)(SharedBytes frame, std::int16_t version);
  /// Encodes a message with random content.
  Result<std::vector<std::uint8_t>> (*arbitrary)(Arbitrary& arbitrary, std::int16_t version);
  /// Makes a random message and its decoded encoding; false when they differ.
  Result<bool> (*survives)(Arbitrary& arbitrary, std::int16_t version);
};

std::span<const MessageType> message_types();
/// Null for an unknown name.
const MessageType* message_type(std::string_view name);

}  // namespace millrace::kafka
