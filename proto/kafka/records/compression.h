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

/// The inverse; also reads snappy without framing. Never holds more than `limit_bytes` of output,
/// whatever sizes the input claims.
///
/// Errors: kCorruptMessage when the bytes are not whole and well formed, kRecordListTooLarge when
/// they unpack to more than `limit_bytes`.
Result<std::vector<std::uint8_t>> decompress(Compression codec, ByteView bytes,
                                             std::size_t limit_bytes);

/// Errors: kUnsupportedCompression for an id that names no codec.
Result<Compression> compression_from_id(std::uint8_t id);

}  // namespace millrace::kafka
