#include "storage/log_segment.h"

namespace millrace::storage {

namespace {

std::uint32_t relative(const LogSegment& segment, Offset offset) {
  return static_cast<std::uint32_t>(offset - segment.files->base_offset);
}

}  // namespace

void index_batch(LogSegment& segment, const kafka::BatchHeader& header, std::uint32_t sum,
                 std::uint32_t interval_bytes) {
  const auto position = static_cast<std::uint32_t>(segment.bytes);
  if (header.max_timestamp > segment.max_timestamp) {
    segment.max_timestamp = header.max_timestamp;
    segment.max_timestamp_offset = header.last_offset();
  }
  if (segment.bytes_since_entry > interval_bytes) {
    segment.index->add_offset({relative(segment, header.last_offset()), position});
    finish_time_index(segment);
    segment.bytes_since_entry = 0;
  }
  segment.bytes_since_entry += static_cast<std::uint32_t>(header.total_bytes());
  segment.index->add_sum({position, sum});
}

void finish_time_index(LogSegment& segment) {
  // Records may have no timestamp at all.
  if (segment.max_timestamp == kNoTimestamp) return;
  segment.index->add_time({segment.max_timestamp, relative(segment, segment.max_timestamp_offset)});
}

}  // namespace millrace::storage
