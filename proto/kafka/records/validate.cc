#include "proto/kafka/records/validate.h"

#include <fmt/format.h>

#include "proto/kafka/records/validate_records.h"

namespace millrace::kafka {

namespace {

constexpr std::int16_t kFirstProduceVersionWithZstd = 7;

/// The one batch that the bytes are, by its lengths. What is cut short or followed by more is an
/// invalid record to Kafka, not a corrupt message, which clients would send again and again.
Result<BatchHeader> only_batch(ByteView records) {
  constexpr const char* kRule =
      "a produce request carries exactly one whole record batch for each partition";
  if (records.size() < kBatchHeaderBytes) return fail(ErrorCode::kInvalidRecord, kRule);
  const BatchHeader header = read_batch_header(records);
  if (header.magic == 0 || header.magic == 1) {
    return fail(ErrorCode::kInvalidRecord,
                "message format 0 and 1 ended with Kafka 4; use a newer client");
  }
  constexpr auto kLengthMin =
      static_cast<std::int32_t>(kBatchHeaderBytes - kBatchLengthPrefixBytes);
  if (header.magic != 2 || header.batch_length < kLengthMin) {
    return fail(ErrorCode::kCorruptMessage,
                fmt::format("a record batch with magic {} and length {}", header.magic,
                            header.batch_length));
  }
  if (header.total_bytes() != records.size()) return fail(ErrorCode::kInvalidRecord, kRule);
  return header;
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

Status check_codec(const BatchHeader& header, const ValidateOptions& options) {
  ASSIGN_OR_RETURN(const Compression codec, compression_from_id(header.compression_id()));
  if (codec == Compression::kZstd && options.produce_version < kFirstProduceVersionWithZstd) {
    return fail(ErrorCode::kUnsupportedCompression, "zstd takes Produce version 7 or later");
  }
  return {};
}

Status check_offsets(const BatchHeader& header) {
  if (header.record_count < 1 ||
      header.record_count != std::int64_t{header.last_offset_delta} + 1) {
    return fail(ErrorCode::kInvalidRecord,
                fmt::format("a record batch of {} records with last offset delta {}",
                            header.record_count, header.last_offset_delta));
  }
  if (header.base_offset != Offset(0)) {
    return fail(ErrorCode::kInvalidRecord,
                fmt::format("a producer's record batch begins at offset 0, this one at {}",
                            header.base_offset.value()));
  }
  return {};
}

Status check_producer(const BatchHeader& header) {
  const bool complete = header.producer_id.value() >= 0 && header.producer_epoch.value() >= 0 &&
                        header.base_sequence.value() >= 0;
  const bool absent = header.producer_id == kNoProducerId && !header.is_transactional();
  if (complete || absent) return {};
  return fail(ErrorCode::kInvalidRecord,
              fmt::format("a record batch with producer id {}, epoch {}, sequence {}",
                          header.producer_id.value(), header.producer_epoch.value(),
                          header.base_sequence.value()));
}

Status check_kind(const BatchHeader& header, const ValidateOptions& options) {
  if (header.is_control()) {
    return fail(ErrorCode::kInvalidRecord, "clients may not write control batches");
  }
  RETURN_IF_ERROR(check_producer(header));
  if (header.is_transactional()) {
    return fail(ErrorCode::kInvalidTxnState,
                "transactions are not supported yet by this node; nothing was stored");
  }
  return check_codec(header, options);
}

Status check_timestamps(const BatchHeader& header, TimestampMs now,
                        const ValidateOptions& options) {
  if (header.timestamp_type() == TimestampType::kLogAppendTime) {
    return fail(ErrorCode::kInvalidTimestamp, "producers may not set the log append time");
  }
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

/// What the header shows. The order is Kafka's, so that a batch with two faults gets its answer.
Status check_header(const BatchHeader& header, ByteView batch, const ValidateOptions& options) {
  RETURN_IF_ERROR(check_sizes(header, options));
  if (!batch_crc_holds(header, batch)) {
    return fail(ErrorCode::kCorruptMessage, "the record batch does not match its CRC-32C");
  }
  RETURN_IF_ERROR(check_offsets(header));
  return check_kind(header, options);
}

tl::unexpected<ValidationFailure> refuse(const Error& error) {
  return tl::unexpected<ValidationFailure>({error, {}});
}

}  // namespace

tl::expected<ValidatedBatch, ValidationFailure> validate_for_append(
    const SharedBytes& records, TimestampMs now, const ValidateOptions& options) {
  const auto header = only_batch(records.view());
  if (!header) return refuse(header.error());
  if (auto status = check_header(*header, records.view(), options); !status) {
    return refuse(status.error());
  }
  const bool left_out = options.timestamp_type == TimestampType::kCreateTime &&
                        header->max_timestamp < header->base_timestamp;
  const bool every_record = options.every_record || options.compacted || left_out;
  // Records that are read answer for their own timestamps, by index.
  const bool by_record = every_record && header->timestamp_type() == TimestampType::kCreateTime;
  if (!by_record) {
    if (auto status = check_timestamps(*header, now, options); !status)
      return refuse(status.error());
  }
  ValidatedBatch batch{*header, records};
  if (every_record) {
    const auto max_timestamp = validate_records(batch, now, options);
    if (!max_timestamp) return tl::unexpected(max_timestamp.error());
    batch.header.max_timestamp = *max_timestamp;
  }
  return batch;
}

}  // namespace millrace::kafka
