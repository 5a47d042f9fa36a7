#include "proto/kafka/records/record_reader.h"

#include <fmt/format.h>

#include "proto/kafka/records/compression.h"
#include "proto/kafka/records/varint.h"

namespace millrace::kafka {

namespace {

/// Takes a length and that many bytes; a length of -1 is null. False when they are not there.
bool take_nullable(ByteView& bytes, std::optional<ByteView>& into) {
  const auto length = take_varlong(bytes);
  if (!length || *length < -1 || *length > static_cast<std::int64_t>(bytes.size())) return false;
  if (*length == -1) {
    into.reset();
    return true;
  }
  into = bytes.first(static_cast<std::size_t>(*length));
  bytes = bytes.subspan(static_cast<std::size_t>(*length));
  return true;
}

bool take_headers(ByteView& bytes, std::vector<RecordHeaderView>& headers) {
  headers.clear();
  const auto count = take_varlong(bytes);
  // A header takes at least two bytes: the count is believed only as far as the bytes go.
  if (!count || *count < 0 || *count > static_cast<std::int64_t>(bytes.size() / 2)) return false;
  for (std::int64_t i = 0; i < *count; ++i) {
    std::optional<ByteView> key;
    RecordHeaderView header;
    if (!take_nullable(bytes, key) || !key || !take_nullable(bytes, header.value)) return false;
    header.key = as_text(*key);
    headers.push_back(header);
  }
  return true;
}

}  // namespace

RecordReader::RecordReader(const BatchHeader& header, ByteView body)
    : header_(header), body_(body) {}

Result<bool> RecordReader::next(RecordView& record) {
  const auto invalid = [&](const char* what) {
    return fail(ErrorCode::kInvalidRecord,
                fmt::format("record {} of {}: {}", index_, header_.record_count, what));
  };
  if (index_ == header_.record_count) {
    if (!body_.empty()) return invalid("bytes follow the last record");
    return false;
  }
  const auto length = take_varlong(body_);
  if (!length || *length < 0 || *length > static_cast<std::int64_t>(body_.size())) {
    return invalid("its length is not in the batch");
  }
  RETURN_IF_ERROR(read_record(body_.first(static_cast<std::size_t>(*length)), record));
  body_ = body_.subspan(static_cast<std::size_t>(*length));
  ++index_;
  return true;
}

Status RecordReader::read_record(ByteView bytes, RecordView& record) {
  const auto invalid = [&](const char* what) {
    return fail(ErrorCode::kInvalidRecord,
                fmt::format("record {} of {}: {}", index_, header_.record_count, what));
  };
  if (bytes.empty()) return invalid("it is empty");
  bytes = bytes.subspan(1);  // attributes, of which none is defined
  const auto timestamp_delta = take_varlong(bytes);
  const auto offset_delta = timestamp_delta ? take_varlong(bytes) : std::nullopt;
  if (!offset_delta) return invalid("it is cut short");
  if (*offset_delta <= last_delta_ || *offset_delta > header_.last_offset_delta) {
    return invalid("its offset is out of order");
  }
  if (!take_nullable(bytes, record.key) || !take_nullable(bytes, record.value)) {
    return invalid("its key or value is not in the record");
  }
  if (!take_headers(bytes, record.headers)) return invalid("its headers are not in the record");
  if (!bytes.empty()) return invalid("bytes follow its headers");
  last_delta_ = *offset_delta;
  record.offset = header_.base_offset + *offset_delta;
  // With append time all records carry the batch's; the sum may wrap for hostile deltas, not trap.
  record.timestamp = header_.timestamp_type() == TimestampType::kLogAppendTime
                         ? header_.max_timestamp
                         : TimestampMs(static_cast<std::int64_t>(
                               static_cast<std::uint64_t>(header_.base_timestamp.value()) +
                               static_cast<std::uint64_t>(*timestamp_delta)));
  return {};
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
