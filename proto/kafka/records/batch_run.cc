#include "proto/kafka/records/batch_run.h"

#include "proto/kafka/records/compression.h"
#include "proto/kafka/records/record_reader.h"

namespace millrace::kafka {

namespace {

/// Whether the run begins with all bytes that the length there asks for. A length that cannot be is
/// left to parse_batch_header.
bool begins_whole(ByteView run) {
  if (run.size() < kBatchHeaderBytes) return false;
  const BatchHeader header = read_batch_header(run);
  return header.batch_length < 0 || header.total_bytes() <= run.size();
}

/// The first record of the batch with its largest timestamp.
Result<std::optional<TimedOffset>> newest_record(const BatchView& batch) {
  std::vector<std::uint8_t> storage;
  ASSIGN_OR_RETURN(const ByteView body,
                   batch_body(batch.header, batch.bytes, kDecompressedBytesMax, storage));
  RecordReader reader(batch.header, body);
  RecordView record;
  std::optional<TimedOffset> newest;
  for (;;) {
    ASSIGN_OR_RETURN(const bool more, reader.next(record));
    if (!more) return newest;
    if (!newest || record.timestamp > newest->timestamp)
      newest = TimedOffset{record.offset, record.timestamp};
  }
}

}  // namespace

Result<std::optional<BatchView>> BatchRun::next() {
  if (!begins_whole(rest_)) return std::nullopt;
  ASSIGN_OR_RETURN(const BatchHeader header, parse_batch_header(rest_));
  const BatchView batch{header, rest_.first(header.total_bytes())};
  rest_ = rest_.subspan(header.total_bytes());
  return batch;
}

Result<std::optional<BatchView>> first_batch_reaching(ByteView run, Offset offset) {
  BatchRun batches(run);
  for (;;) {
    ASSIGN_OR_RETURN(const auto batch, batches.next());
    if (!batch || batch->header.last_offset() >= offset) return batch;
  }
}

Result<std::optional<TimedOffset>> find_max_timestamp(ByteView run) {
  BatchRun batches(run);
  std::optional<BatchView> newest;
  for (;;) {
    ASSIGN_OR_RETURN(const auto batch, batches.next());
    if (!batch) break;
    if (!newest || batch->header.max_timestamp > newest->header.max_timestamp) newest = batch;
  }
  if (!newest) return std::nullopt;
  return newest_record(*newest);
}

}  // namespace millrace::kafka
