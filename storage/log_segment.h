#pragma once

#include <cstdint>
#include <memory>

#include "base/ids.h"
#include "proto/kafka/records/batch_header.h"
#include "storage/segment_index.h"
#include "storage/write_op.h"

namespace millrace::storage {

/// One segment as its log knows it.
struct LogSegment {
  std::shared_ptr<SegmentFiles> files;
  std::uint64_t bytes = 0;
  Offset end_offset;                        // offset after its last record
  TimestampMs first_append = kNoTimestamp;  // wall time of the first append, for rolling by age
  TimestampMs max_timestamp = kNoTimestamp;
  Offset max_timestamp_offset = kNoOffset;  // last offset of the batch with that timestamp
  std::uint32_t bytes_since_entry = 0;      // since the last index entry
  bool saved = false;                       // sealed, and its index files are complete and synced
  /// Always there for the active segment and for one that is not saved; for a saved one only while
  /// it is in use (kLoadedIndexesMax). Never changed in place once the segment is sealed: plans
  /// share it.
  std::shared_ptr<SegmentIndex> index;
};

/// Enters one more batch, at `segment.bytes`, into index and timestamps; the first after more than
/// `interval_bytes` gets an index entry. Changes neither bytes nor end_offset.
void index_batch(LogSegment& segment, const kafka::BatchHeader& header, std::uint32_t sum,
                 std::uint32_t interval_bytes);

/// Adds the entry that a saved time index ends with: the largest timestamp of the segment.
void finish_time_index(LogSegment& segment);

}  // namespace millrace::storage
