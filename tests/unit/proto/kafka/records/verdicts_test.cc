// Kafka's broker and ours, case by case, over the same produced bytes: the same error, or the same
// bytes stored. Where we are stricter on purpose, the case is named here with the reason.

#include <map>
#include <set>

#include "proto/kafka/records/assign.h"
#include "tests/support/catch.h"
#include "tests/unit/proto/kafka/records/golden.h"
#include "tests/unit/proto/kafka/records/samples.h"

namespace millrace::kafka {
namespace {

const std::map<std::string, ErrorCode> kErrorNames = {
    {"INVALID_RECORD", ErrorCode::kInvalidRecord},
    {"CORRUPT_MESSAGE", ErrorCode::kCorruptMessage},
    {"INVALID_TIMESTAMP", ErrorCode::kInvalidTimestamp},
    {"MESSAGE_TOO_LARGE", ErrorCode::kMessageTooLarge},
    {"RECORD_LIST_TOO_LARGE", ErrorCode::kRecordListTooLarge},
    {"UNSUPPORTED_COMPRESSION_TYPE", ErrorCode::kUnsupportedCompression},
};

struct Difference {
  const char* name;
  ErrorCode ours;
  const char* why;
};

const Difference kDifferences[] = {
    {"codec-5", ErrorCode::kUnsupportedCompression, "Kafka answers UNKNOWN_SERVER_ERROR"},
    {"codec-6", ErrorCode::kUnsupportedCompression, "Kafka answers UNKNOWN_SERVER_ERROR"},
    {"codec-7", ErrorCode::kUnsupportedCompression, "Kafka answers UNKNOWN_SERVER_ERROR"},
    {"gzip-damaged-records", ErrorCode::kInvalidRecord, "Kafka answers UNKNOWN_SERVER_ERROR"},
    {"snappy-damaged-records", ErrorCode::kInvalidRecord, "Kafka answers UNKNOWN_SERVER_ERROR"},
    {"lz4-damaged-records", ErrorCode::kInvalidRecord, "Kafka answers UNKNOWN_SERVER_ERROR"},
    {"zstd-damaged-records", ErrorCode::kInvalidRecord, "Kafka answers UNKNOWN_SERVER_ERROR"},
    {"trailing-byte", ErrorCode::kInvalidRecord, "Kafka drops what follows without a word"},
    {"producer-without-epoch", ErrorCode::kInvalidRecord, "sequences need an epoch"},
    {"producer-id-minus-two", ErrorCode::kInvalidRecord, "only -1 means that there is none"},
    {"transactional", ErrorCode::kInvalidTxnState, "transactions are not served yet"},
    {"transactional-without-producer", ErrorCode::kInvalidRecord, "it could never be committed"},
    {"append-time-bit", ErrorCode::kInvalidTimestamp, "Kafka takes the time back silently"},
    {"base-timestamp-minus-two", ErrorCode::kInvalidTimestamp, "negative times have meanings"},
    {"record-offset-delta-1", ErrorCode::kInvalidRecord, "readers would see a gap"},
    {"record-offset-delta-minus-1", ErrorCode::kInvalidRecord, "readers would see it twice"},
    {"body-offset-twice", ErrorCode::kInvalidRecord, "readers would see it twice"},
    {"record-key-length-minus-2", ErrorCode::kInvalidRecord, "only -1 means null"},
};

ValidateOptions options_of(const GoldenVerdict& verdict) {
  const auto number = [&](const char* name) { return std::stoll(verdict.settings.at(name)); };
  ValidateOptions options;
  options.produce_version = static_cast<std::int16_t>(number("version"));
  options.compacted = verdict.settings.at("compacted") == "true";
  if (verdict.settings.at("append_time") == "true")
    options.timestamp_type = TimestampType::kLogAppendTime;
  options.timestamp_before_max_ms = number("before");
  options.timestamp_after_max_ms = number("after");
  options.max_batch_bytes = static_cast<std::size_t>(number("max_bytes"));
  options.segment_bytes = static_cast<std::size_t>(number("segment_bytes"));
  return options;
}

const Difference* difference_of(const std::string& name) {
  for (const Difference& each : kDifferences)
    if (name == each.name) return &each;
  return nullptr;
}

/// Appended at offset 1 in epoch 5, as Verdicts.java does it.
std::vector<std::uint8_t> stored(ValidatedBatch batch, const ValidateOptions& options) {
  const bool append_time = options.timestamp_type == TimestampType::kLogAppendTime;
  BytesChain chain(assign(batch, Offset(1), LeaderEpoch(5),
                          append_time ? std::optional(kSampleNow) : std::nullopt));
  chain.append(batch.bytes.slice(kBatchHeaderBytes));
  return chain.flatten();
}

TEST_CASE("with every record read, we answer and store what Kafka answers and stores") {
  std::set<std::string> differing;
  for (const GoldenVerdict& verdict : golden_verdicts()) {
    INFO(verdict.name);
    ValidateOptions options = options_of(verdict);
    options.every_record = true;
    const auto result =
        validate_for_append(SharedBytes::copy_of(verdict.produced), kSampleNow, options);
    if (const Difference* known = difference_of(verdict.name)) {
      REQUIRE_FALSE(result.has_value());
      REQUIRE_SAME_CODE(result.error().error.code, known->ours);
      REQUIRE(
          (!kErrorNames.contains(verdict.error) || kErrorNames.at(verdict.error) != known->ours));
      differing.insert(verdict.name);
    } else if (verdict.error.empty()) {
      if (!result) FAIL(to_string(result.error().error));
      REQUIRE(as_text(stored(*result, options)) == as_text(verdict.stored));
    } else {
      REQUIRE_FALSE(result.has_value());
      REQUIRE_SAME_CODE(result.error().error.code, kErrorNames.at(verdict.error));
      // A wrong type bit is the batch's fault; Kafka names every record for it.
      if (verdict.name != "append-time-bit-on-append-time-topic")
        REQUIRE(result.error().record_indexes == verdict.record_indexes);
    }
  }
  REQUIRE(golden_verdicts().size() > 130);
  REQUIRE(differing.size() == std::size(kDifferences));
}

TEST_CASE("by header alone the answer is the same wherever the header shows the fault") {
  int taken_on_trust = 0;
  for (const GoldenVerdict& verdict : golden_verdicts()) {
    INFO(verdict.name);
    ValidateOptions options = options_of(verdict);
    const SharedBytes produced = SharedBytes::copy_of(verdict.produced);
    const auto by_header = validate_for_append(produced, kSampleNow, options);
    options.every_record = true;
    const auto by_record = validate_for_append(produced, kSampleNow, options);
    if (!by_header) {
      REQUIRE_FALSE(by_record.has_value());
      REQUIRE_SAME_CODE(by_header.error().error.code, by_record.error().error.code);
    } else if (!by_record) {
      ++taken_on_trust;
      REQUIRE(verdict.name.find("body-") + verdict.name.find("record") +
                  verdict.name.find("damaged") !=
              3 * std::string::npos);
    }
  }
  REQUIRE(taken_on_trust > 20);
}

}  // namespace
}  // namespace millrace::kafka
