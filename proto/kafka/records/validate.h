#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "base/ids.h"
#include "base/result.h"
#include "proto/kafka/records/batch_header.h"
#include "proto/kafka/records/compression.h"

namespace millrace::kafka {

/// What a partition accepts from producers. The defaults are those of a topic without overrides.
struct ValidateOptions {
  std::int16_t produce_version = 13;
  std::size_t max_batch_bytes = 1'048'588;  // max.message.bytes
  std::size_t segment_bytes = 1 << 30;      // segment.bytes: no batch may be larger than a segment
  TimestampType timestamp_type = TimestampType::kCreateTime;
  std::int64_t timestamp_before_max_ms = INT64_MAX;  // message.timestamp.before.max.ms
  std::int64_t timestamp_after_max_ms = 3'600'000;   // message.timestamp.after.max.ms
  bool compacted = false;                            // keys are required; implies every_record
  bool every_record = false;                         // millrace.validate.records
  std::size_t decompressed_bytes_max = kDecompressedBytesMax;
};

struct ValidatedBatch {
  /// As it will be stored: max_timestamp is that of the records where they were read, whatever the
  /// producer wrote. assign() turns it into bytes.
  BatchHeader header;
  SharedBytes bytes;  // the whole batch as it came, sharing the memory it came in
};

/// A Produce answer names at most so many records of a batch.
inline constexpr std::size_t kRecordErrorsMax = 100;

/// Why a partition's records were refused; `record_indexes` names the records at fault where single
/// ones are (Produce 8 and later report them).
struct ValidationFailure {
  Error error;
  std::vector<std::int32_t> record_indexes;
};

/// Checks the records field of one partition of a Produce request (version 3 and later: exactly one
/// batch). By header alone unless the options ask for every record, or the producer left out the
/// largest timestamp, as older Sarama clients do: CRC, sizes, counts, sequence fields, timestamps.
/// Nothing is copied.
///
/// The answers are those of Kafka's broker (tests/golden/records/verdicts.golden has them case by
/// case); the test beside it lists where we are stricter. Errors:
/// kInvalidRecord (not exactly one whole batch, format 0 and 1, counts, base offset, producer
/// fields, control batches, records, missing key), kCorruptMessage (length, magic, CRC, compressed
/// data), kMessageTooLarge, kRecordListTooLarge, kInvalidTimestamp, kUnsupportedCompression (also
/// zstd before Produce 7), kInvalidTxnState (transactional: not served yet).
tl::expected<ValidatedBatch, ValidationFailure> validate_for_append(const SharedBytes& records,
                                                                    TimestampMs now,
                                                                    const ValidateOptions& options);

}  // namespace millrace::kafka
