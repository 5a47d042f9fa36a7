#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "base/ids.h"
#include "base/result.h"

/// Record batch, magic 2: layout in docs/formats/record_batch.md (KIP-98).
namespace millrace::kafka {

enum class Compression : std::uint8_t { kNone = 0, kGzip = 1, kSnappy = 2, kLz4 = 3, kZstd = 4 };
enum class TimestampType : std::uint8_t { kCreateTime = 0, kLogAppendTime = 1 };

inline constexpr std::size_t kBatchHeaderBytes = 61;
/// Bytes in front of what `batch_length` counts: base offset and the length itself.
inline constexpr std::size_t kBatchLengthPrefixBytes = 12;
/// First byte that the batch CRC covers (the attributes); it runs to the end of the batch.
inline constexpr std::size_t kBatchCrcStart = 21;

struct BatchHeader {
  Offset base_offset;
  std::int32_t batch_length = 0;  // bytes after this field
  LeaderEpoch leader_epoch;
  std::int8_t magic = 2;
  std::uint32_t crc = 0;
  std::int16_t attributes = 0;
  std::int32_t last_offset_delta = 0;
  TimestampMs base_timestamp;
  TimestampMs max_timestamp;
  ProducerId producer_id;
  ProducerEpoch producer_epoch;
  Sequence base_sequence;
  std::int32_t record_count = 0;

  [[nodiscard]] std::size_t total_bytes() const {
    return kBatchLengthPrefixBytes + static_cast<std::size_t>(batch_length);
  }
  [[nodiscard]] Offset last_offset() const { return base_offset + last_offset_delta; }
  [[nodiscard]] Offset end_offset() const { return base_offset + last_offset_delta + 1; }
  [[nodiscard]] std::uint8_t compression_id() const { return attributes & 0x07; }
  [[nodiscard]] TimestampType timestamp_type() const {
    return (attributes & 0x08) != 0 ? TimestampType::kLogAppendTime : TimestampType::kCreateTime;
  }
  [[nodiscard]] bool is_transactional() const { return (attributes & 0x10) != 0; }
  [[nodiscard]] bool is_control() const { return (attributes & 0x20) != 0; }

  friend bool operator==(const BatchHeader&, const BatchHeader&) = default;
};

/// Reads the 61 bytes as they are, judging nothing. Requires: bytes.size() >= kBatchHeaderBytes.
BatchHeader read_batch_header(ByteView bytes);

/// The inverse. Requires: into.size() >= kBatchHeaderBytes.
void write_batch_header(const BatchHeader& header, MutableByteView into);

/// Checks what every reader relies on before it looks further, in this order: 61 bytes are there,
/// magic is 2, batch_length covers the header and stays within `bytes`, offsets and record count
/// agree (0 <= last_offset_delta, record_count >= 0), no offset is negative or beyond what fits.
/// The CRC is a separate step (batch_crc_holds). Errors: kCorruptMessage,
/// kUnsupportedForMessageFormat (magic 0 and 1).
Result<BatchHeader> parse_batch_header(ByteView bytes);

/// Whether the stored CRC matches bytes [kBatchCrcStart, total_bytes). Requires: a parsed header
/// and `batch` holding the whole batch.
bool batch_crc_holds(const BatchHeader& header, ByteView batch);

}  // namespace millrace::kafka
