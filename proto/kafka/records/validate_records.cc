#include "proto/kafka/records/validate_records.h"

#include <fmt/format.h>

#include <algorithm>

#include "proto/kafka/records/record_reader.h"

namespace millrace::kafka {

namespace {

/// The records at fault for one reason; the first ones are kept by index.
struct Faults {
  std::size_t count = 0;
  std::vector<std::int32_t> indexes;

  void add(std::int32_t index) {
    ++count;
    if (indexes.size() < kRecordErrorsMax) indexes.push_back(index);
  }
};

struct Findings {
  Faults keyless;
  Faults out_of_bounds;
  TimestampMs max_timestamp = kNoTimestamp;
};

/// The CRC held, so the producer packed it so: a corrupt message it would send again and again.
Error final_answer(Error error) {
  if (error.code == ErrorCode::kCorruptMessage) error.code = ErrorCode::kInvalidRecord;
  return error;
}

tl::expected<TimestampMs, ValidationFailure> judge(Findings findings) {
  if (findings.out_of_bounds.count > 0) {
    return tl::unexpected<ValidationFailure>(
        {Error{ErrorCode::kInvalidTimestamp,
               fmt::format("{} records have a timestamp that message.timestamp.before.max.ms or "
                           "message.timestamp.after.max.ms does not allow, the first is record {}",
                           findings.out_of_bounds.count, findings.out_of_bounds.indexes.front())},
         std::move(findings.out_of_bounds.indexes)});
  }
  if (findings.keyless.count > 0) {
    return tl::unexpected<ValidationFailure>(
        {Error{ErrorCode::kInvalidRecord,
               fmt::format("a compacted topic takes only records with a key; {} have none, the "
                           "first is record {}",
                           findings.keyless.count, findings.keyless.indexes.front())},
         std::move(findings.keyless.indexes)});
  }
  return findings.max_timestamp;
}

}  // namespace

bool timestamp_in_bounds(TimestampMs timestamp, TimestampMs now, const ValidateOptions& options) {
  if (timestamp == kNoTimestamp) return true;
  if (timestamp.value() < 0) return false;
  const std::int64_t age = now - timestamp;
  return age <= options.timestamp_before_max_ms && -age <= options.timestamp_after_max_ms;
}

tl::expected<TimestampMs, ValidationFailure> validate_records(const ValidatedBatch& batch,
                                                              TimestampMs now,
                                                              const ValidateOptions& options) {
  std::vector<std::uint8_t> storage;
  const auto body =
      batch_body(batch.header, batch.bytes.view(), options.decompressed_bytes_max, storage);
  if (!body) return tl::unexpected<ValidationFailure>({final_answer(body.error()), {}});
  const bool judge_time = options.timestamp_type == TimestampType::kCreateTime;
  RecordReader reader(batch.header, *body);
  RecordView record;
  Findings findings;
  for (;;) {
    const std::int32_t index = reader.index();
    const auto more = reader.next(record);
    if (!more) return tl::unexpected<ValidationFailure>({more.error(), {}});
    if (!*more) return judge(std::move(findings));
    findings.max_timestamp = std::max(findings.max_timestamp, record.timestamp);
    if (options.compacted && !record.key) findings.keyless.add(index);
    if (judge_time && !timestamp_in_bounds(record.timestamp, now, options))
      findings.out_of_bounds.add(index);
  }
}

}  // namespace millrace::kafka
