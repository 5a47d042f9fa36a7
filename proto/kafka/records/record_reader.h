#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "base/ids.h"
#include "base/result.h"
#include "proto/kafka/records/batch_header.h"
#include "proto/kafka/records/record_headers.h"

namespace millrace::kafka {

/// One record. Views live as long as the (decompressed) bytes that the reader was given.
struct RecordView {
  Offset offset;
  TimestampMs timestamp;
  std::optional<ByteView> key;
  std::optional<ByteView> value;
  RecordHeadersView headers;
};

/// Walks the records of one batch and believes nothing: lengths must fit, offset deltas must count
/// up from the last to at most last_offset_delta, as many records as the header says must be there,
/// and no byte may be left over. Gaps between offset deltas are allowed: compaction makes them.
/// Where record_count is last_offset_delta + 1, as producers send it, the rules leave no gap.
class RecordReader {
 public:
  /// `body` is the decompressed bytes after the batch header and outlives the reader.
  RecordReader(const BatchHeader& header, ByteView body);

  /// Fills `record` and returns true, or returns false after the last one. `record` may be used
  /// again for the next call. Errors: kInvalidRecord, which names the record's index.
  Result<bool> next(RecordView& record);

  /// Index of the record that next() reads.
  [[nodiscard]] std::int32_t index() const { return index_; }

 private:
  Status read_record(ByteView bytes, RecordView& record);
  [[nodiscard]] TimestampMs timestamp_of(std::int64_t delta) const;
  [[nodiscard]] tl::unexpected<Error> invalid(const char* what) const;

  BatchHeader header_;
  ByteView body_;
  std::int32_t index_ = 0;
  std::int64_t last_delta_ = -1;
};

/// The decompressed body of a whole batch: a view of `batch` itself when it is not compressed, else
/// of `storage`, which the caller keeps. Requires: a parsed header of this batch.
/// Errors: kUnsupportedCompression, kCorruptMessage, kRecordListTooLarge (over `limit_bytes` or the
/// limits of compression.h).
Result<ByteView> batch_body(const BatchHeader& header, ByteView batch, std::size_t limit_bytes,
                            std::vector<std::uint8_t>& storage);

}  // namespace millrace::kafka
