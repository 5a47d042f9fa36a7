#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "proto/kafka/records/batch_header.h"

namespace millrace::kafka {

/// A compression level of 0 means the codec's own default.
inline constexpr int kDefaultLevel = 0;

/// Compresses the records of a batch the way Kafka's clients do: gzip with its header, snappy in
/// the framing of xerial, lz4 and zstd as frames. kNone copies.
std::vector<std::uint8_t> compress(Compression codec, ByteView bytes, int level = kDefaultLevel);

/// No batch unpacks to more than this, whoever asks; callers may ask for less.
inline constexpr std::size_t kDecompressedBytesMax = 256 << 20;
/// Nor to more than so many times its size: gzip's own bound is 1,032, lz4's 255, snappy's 22; only
/// zstd can go beyond, and with nothing but repetition.
inline constexpr std::size_t kDecompressionRatioMax = 1100;
/// So much is always granted, so that a small batch of zeros is not taken for a bomb.
inline constexpr std::size_t kDecompressedBytesFree = 16 << 20;

/// What `packed_bytes` may unpack to by the three limits above.
std::size_t decompressed_bytes_max(std::size_t packed_bytes);

/// The inverse; also reads snappy without framing. Never holds more than `limit_bytes` of output
/// nor more than decompressed_bytes_max() of it, whatever sizes the input claims: an honest claim
/// beyond the limit is refused before anything is unpacked, a lie when the output reaches it.
///
/// Errors: kCorruptMessage when the bytes are not whole and well formed, kRecordListTooLarge when
/// they unpack to more than the limit.
Result<std::vector<std::uint8_t>> decompress(Compression codec, ByteView bytes,
                                             std::size_t limit_bytes);

/// Errors: kUnsupportedCompression for an id that names no codec.
Result<Compression> compression_from_id(std::uint8_t id);

}  // namespace millrace::kafka
