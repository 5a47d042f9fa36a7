#include "proto/kafka/records/validate.h"

#include <fmt/format.h>

#include "base/crc32c.h"
#include "proto/kafka/records/compression.h"
#include "proto/kafka/records/record_reader.h"

namespace millrace::kafka {

namespace {

constexpr std::int16_t kFirstProduceVersionWithZstd = 7;
constexpr std::int16_t kAppendTimeBit = 0x08;
/// A Produce answer names at most so many records of a batch.
constexpr std::size_t kRecordErrorsMax = 100;

tl::unexpected<ValidationFailure> refuse(ErrorCode code, std::string message) {
  return tl::unexpected<ValidationFailure>({Error{code, std::move(message)}, {}});
}

Status check_sizes(const BatchHeader& header, const ValidateOptions& options) {
  if (header.total_bytes() > options.max_batch_bytes) {
    return fail(ErrorCode::kMessageTooLarge,
                fmt::format("a record batch of {} bytes, and max.message.bytes is {}",
                            header.total_bytes(), options.max_batch_bytes));
  }
  if (header.total_bytes() > options.segment_bytes) {
    return fail(ErrorCode::kRecordListTooLarge,
                fmt::format("a record batch of {} bytes, and segment.bytes is {}",
                            header.total_bytes(), options.segment_bytes));
  }
  return {};
}

Status check_producer(const BatchHeader& header) {
  if (header.producer_id.value() < 0) {
    if (header.is_transactional()) {
      return fail(ErrorCode::kInvalidRecord, "a transactional record batch without a producer id");
    }
    return {};
  }
  if (header.producer_epoch.value() < 0 || header.base_sequence.value() < 0) {
    return fail(
        ErrorCode::kInvalidRecord,
        fmt::format("producer id {} with epoch {} and sequence {}", header.producer_id.value(),
                    header.producer_epoch.value(), header.base_sequence.value()));
  }
  return {};
}

Status check_codec(const BatchHeader& header, const ValidateOptions& options) {
  ASSIGN_OR_RETURN(const Compression codec, compression_from_id(header.compression_id()));
  if (codec == Compression::kZstd && options.produce_version < kFirstProduceVersionWithZstd) {
    return fail(ErrorCode::kUnsupportedCompression, "zstd takes Produce version 7 or later");
  }
  return {};
}

Status check_counts(const BatchHeader& header) {
  if (header.record_count < 1 || header.record_count != header.last_offset_delta + 1) {
    return fail(ErrorCode::kInvalidRecord,
                fmt::format("a record batch of {} records with last offset delta {}",
                            header.record_count, header.last_offset_delta));
  }
  return {};
}

Status check_kind(const BatchHeader& header) {
  if (header.is_control()) {
    return fail(ErrorCode::kInvalidRecord, "clients may not write control batches");
  }
  if (header.is_transactional()) {
    return fail(ErrorCode::kInvalidTxnState,
                "this node does not serve transactions yet; nothing was stored");
  }
  if (header.timestamp_type() == TimestampType::kLogAppendTime) {
    return fail(ErrorCode::kInvalidTimestamp, "producers may not set the log append time");
  }
  return {};
}

bool timestamp_in_bounds(TimestampMs timestamp, TimestampMs now, const ValidateOptions& options) {
  if (timestamp == kNoTimestamp) return true;
  const std::int64_t age = now.value() - timestamp.value();
  return timestamp.value() >= 0 && age <= options.timestamp_before_max_ms &&
         -age <= options.timestamp_after_max_ms;
}

Status check_timestamps(const BatchHeader& header, TimestampMs now,
                        const ValidateOptions& options) {
  if (options.timestamp_type == TimestampType::kLogAppendTime) return {};  // they will be replaced
  for (const TimestampMs timestamp : {header.base_timestamp, header.max_timestamp}) {
    if (!timestamp_in_bounds(timestamp, now, options)) {
      return fail(
          ErrorCode::kInvalidTimestamp,
          fmt::format(
              "timestamp {} is too far from the broker's {}; message.timestamp.before.max.ms and "
              "message.timestamp.after.max.ms bound the distance",
              timestamp.value(), now.value()));
    }
  }
  return {};
}

Status check_header(const BatchHeader& header, TimestampMs now, const ValidateOptions& options) {
  RETURN_IF_ERROR(check_sizes(header, options));
  RETURN_IF_ERROR(check_codec(header, options));
  RETURN_IF_ERROR(check_counts(header));
  RETURN_IF_ERROR(check_producer(header));
  RETURN_IF_ERROR(check_kind(header));
  return check_timestamps(header, now, options);
}

/// Reads every record. Finds the ones without a key (compacted topics) or with a timestamp out of
/// bounds.
tl::expected<void, ValidationFailure> check_records(const ValidatedBatch& batch, TimestampMs now,
                                                    const ValidateOptions& options) {
  std::vector<std::uint8_t> storage;
  const auto body =
      batch_body(batch.header, batch.bytes.view(), options.decompressed_bytes_max, storage);
  if (!body) return refuse(body.error().code, body.error().message);
  RecordReader reader(batch.header, *body);
  RecordView record;
  std::vector<std::int32_t> without_key;
  for (;;) {
    const auto index = reader.index();
    const auto more = reader.next(record);
    if (!more) return tl::unexpected<ValidationFailure>({more.error(), {index}});
    if (!*more) break;
    if (options.compacted && !record.key && without_key.size() < kRecordErrorsMax)
      without_key.push_back(index);
    if (options.timestamp_type == TimestampType::kCreateTime &&
        !timestamp_in_bounds(record.timestamp, now, options)) {
      return tl::unexpected<ValidationFailure>(
          {Error{ErrorCode::kInvalidTimestamp,
                 fmt::format("record {}: timestamp {} is out of bounds", index,
                             record.timestamp.value())},
           {index}});
    }
  }
  if (without_key.empty()) return {};
  return tl::unexpected<ValidationFailure>(
      {Error{ErrorCode::kInvalidRecord, "a compacted topic takes only records with a key"},
       without_key});
}

}  // namespace

tl::expected<ValidatedBatch, ValidationFailure> validate_for_append(
    const SharedBytes& records, TimestampMs now, const ValidateOptions& options) {
  const auto header = parse_batch_header(records.view());
  if (!header) return refuse(header.error().code, header.error().message);
  if (header->total_bytes() != records.size()) {
    return refuse(ErrorCode::kInvalidRecord,
                  "a produce request carries exactly one record batch for each partition");
  }
  if (!batch_crc_holds(*header, records.view())) {
    return refuse(ErrorCode::kCorruptMessage, "the record batch does not match its CRC-32C");
  }
  if (const auto status = check_header(*header, now, options); !status) {
    return refuse(status.error().code, status.error().message);
  }
  ValidatedBatch batch{*header, records};
  if (options.every_record || options.compacted) {
    if (auto checked = check_records(batch, now, options); !checked)
      return tl::unexpected(std::move(checked.error()));
  }
  return batch;
}

SharedBytes assign(ValidatedBatch& batch, Offset base_offset, LeaderEpoch epoch,
                   std::optional<TimestampMs> append_time) {
  BatchHeader& header = batch.header;
  header.base_offset = base_offset;
  header.leader_epoch = epoch;
  std::vector<std::uint8_t> bytes(kBatchHeaderBytes);
  if (append_time) {
    // Only max_timestamp is the append time; record deltas stay relative to the base they were made
    // for.
    header.attributes = static_cast<std::int16_t>(header.attributes | kAppendTimeBit);
    header.max_timestamp = *append_time;
    write_batch_header(header, bytes);
    const auto head = crc32c(ByteView(bytes).subspan(kBatchCrcStart));
    header.crc = crc32c(batch.bytes.view().subspan(kBatchHeaderBytes), head);
  }
  write_batch_header(header, bytes);
  return SharedBytes::own(std::move(bytes));
}

}  // namespace millrace::kafka
