#include "proto/kafka/records/record_reader.h"

#include <fmt/format.h>

#include "proto/kafka/records/compression.h"
#include "proto/kafka/records/varint.h"

namespace millrace::kafka {

RecordReader::RecordReader(const BatchHeader& header, ByteView body)
    : header_(header), body_(body) {}

tl::unexpected<Error> RecordReader::invalid(const char* what) const {
  return fail(ErrorCode::kInvalidRecord,
              fmt::format("record {} of {}: {}", index_, header_.record_count, what));
}

Result<bool> RecordReader::next(RecordView& record) {
  if (index_ == header_.record_count) {
    if (!body_.empty()) return invalid("bytes follow the last record");
    return false;
  }
  const auto length = take_varint(body_);
  if (!length || *length < 0 || *length > static_cast<std::int64_t>(body_.size())) {
    return invalid("its length is not in the batch");
  }
  RETURN_IF_ERROR(read_record(body_.first(static_cast<std::size_t>(*length)), record));
  body_ = body_.subspan(static_cast<std::size_t>(*length));
  ++index_;
  return true;
}

Status RecordReader::read_record(ByteView bytes, RecordView& record) {
  if (bytes.empty()) return invalid("it is empty");
  bytes = bytes.subspan(1);  // attributes, of which none is defined
  const auto timestamp_delta = take_varlong(bytes);
  const auto offset_delta = timestamp_delta ? take_varint(bytes) : std::nullopt;
  if (!offset_delta) return invalid("it is cut short");
  if (*offset_delta <= last_delta_ || *offset_delta > header_.last_offset_delta) {
    return invalid("its offset is out of order");
  }
  if (!take_nullable(bytes, record.key) || !take_nullable(bytes, record.value)) {
    return invalid("its key or value is not in the record");
  }
  const auto headers = RecordHeadersView::take(bytes);
  if (!headers) return invalid("its headers are not in the record");
  if (!bytes.empty()) return invalid("bytes follow its headers");
  last_delta_ = *offset_delta;
  record.offset = header_.base_offset + *offset_delta;
  record.timestamp = timestamp_of(*timestamp_delta);
  record.headers = *headers;
  return {};
}

TimestampMs RecordReader::timestamp_of(std::int64_t delta) const {
  // With append time all records carry the batch's.
  if (header_.timestamp_type() == TimestampType::kLogAppendTime) return header_.max_timestamp;
  // The sum may wrap for hostile deltas, not trap.
  return TimestampMs(
      static_cast<std::int64_t>(static_cast<std::uint64_t>(header_.base_timestamp.value()) +
                                static_cast<std::uint64_t>(delta)));
}

Result<ByteView> batch_body(const BatchHeader& header, ByteView batch, std::size_t limit_bytes,
                            std::vector<std::uint8_t>& storage) {
  const ByteView body = batch.subspan(kBatchHeaderBytes, header.total_bytes() - kBatchHeaderBytes);
  ASSIGN_OR_RETURN(const Compression codec, compression_from_id(header.compression_id()));
  if (codec == Compression::kNone) return body;
  ASSIGN_OR_RETURN(storage, decompress(codec, body, limit_bytes));
  return ByteView(storage);
}

}  // namespace millrace::kafka
