#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "base/ids.h"
#include "base/result.h"
#include "proto/kafka/records/batch_header.h"

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
  std::size_t decompressed_bytes_max = 256 << 20;
};

struct ValidatedBatch {
  BatchHeader header;
  SharedBytes bytes;  // the whole batch, sharing the memory it came in
};

/// Why a partition's records were refused; `record_indexes` names the records at fault where single
/// ones are (Produce 8 and later report them).
struct ValidationFailure {
  Error error;
  std::vector<std::int32_t> record_indexes;
};

/// Checks the records field of one partition of a Produce request (version 3 and later: exactly one
/// batch). By header alone unless the options ask for every record: CRC, sizes, counts, sequence
/// fields, timestamps. Nothing is copied.
///
/// Errors: kCorruptMessage (structure, CRC), kUnsupportedForMessageFormat (magic 0, 1),
/// kInvalidRecord (not exactly one batch, counts, control batches, records, missing key),
/// kMessageTooLarge, kRecordListTooLarge, kInvalidTimestamp, kUnsupportedCompression (also zstd
/// before Produce 7), kInvalidTxnState (transactional: not served yet).
tl::expected<ValidatedBatch, ValidationFailure> validate_for_append(const SharedBytes& records,
                                                                    TimestampMs now,
                                                                    const ValidateOptions& options);

/// The 61 header bytes as the leader stores them: base offset and leader epoch set, and with
/// `append_time` the timestamps and the type bit, for which the CRC is computed again over the rest
/// of the batch. Gather it with `batch.slice(kBatchHeaderBytes)`. Updates `batch.header` alike.
SharedBytes assign(ValidatedBatch& batch, Offset base_offset, LeaderEpoch epoch,
                   std::optional<TimestampMs> append_time);

}  // namespace millrace::kafka
