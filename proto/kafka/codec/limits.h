#pragma once

#include <cstddef>

/// The limits of Kafka's encoding and of what decoding may cost. Each has a test that reaches it.
namespace millrace::kafka {

/// Longest string of the protocol; its old encoding has a signed 16-bit length.
inline constexpr std::size_t kStringBytesMax = 0x7fff;

/// Decoding a message allocates at most this much for arrays, unknown tags and the pieces of
/// records: a floor plus a multiple of the frame. (Long strings come on top, as many bytes as the
/// frame has.) The multiple is what ordinary messages with short names need; without it an array of
/// empty elements could take forty times its frame.
inline constexpr std::size_t kDecodedBytesFloor = std::size_t{1} << 20;
inline constexpr std::size_t kDecodedBytesPerFrameByte = 16;

/// Longest text that describe() returns, with the mark of what was left out.
inline constexpr std::size_t kDescribeBytesMax = 8192;

}  // namespace millrace::kafka
