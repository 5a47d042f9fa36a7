#include <fmt/format.h>

#include <limits>

#include "cli/commands/commands.h"
#include "cli/context.h"
#include "cli/records/line_reader.h"
#include "cli/records/preflight.h"
#include "cli/records/producer.h"
#include "cli/records/record_json.h"
#include "cli/text/encoding.h"

namespace millrace::cli {
namespace {

// How a line becomes a record.
struct LineRules {
  bool json = false;
  bool empty_is_null = false;
  std::optional<std::string> key;
  std::optional<std::string> key_delimiter;
  std::vector<RecordHeader> headers;
};

Answer<LineRules> rules_of(const Invocation& invocation) {
  LineRules rules;
  rules.json = invocation.text_or("--format", "line") == "json";
  rules.empty_is_null = invocation.has("--empty-is-null");
  rules.key = invocation.text("--key");
  if (const auto delimiter = invocation.text("--key-delimiter")) {
    auto plain = unescape(*delimiter, "--key-delimiter");
    if (!plain) return problem(std::move(plain).error());
    if (plain->empty()) {
      return problem(usage_problem("--key-delimiter", "--key-delimiter is empty"));
    }
    if (rules.key || rules.json) {
      return problem(usage_problem("--key-delimiter",
                                   "--key-delimiter does not go with --key or --format json"));
    }
    rules.key_delimiter = std::move(*plain);
  }
  for (const auto& [name, value] : invocation.pairs("--header")) {
    rules.headers.emplace_back(name, value);
  }
  return rules;
}

Record record_of_line(const std::string& line, const LineRules& rules) {
  Record record;
  record.value = line;
  if (rules.key_delimiter) {
    const auto at = line.find(*rules.key_delimiter);
    if (at != std::string::npos) {
      record.key = line.substr(0, at);
      record.value = line.substr(at + rules.key_delimiter->size());
    }
  }
  if (rules.empty_is_null && record.value->empty()) record.value = std::nullopt;
  return record;
}

Answer<Record> record_of(const std::string& line, const LineRules& rules) {
  Record record;
  if (rules.json) {
    auto parsed = record_from_json(line);
    if (!parsed) return parsed;
    record = std::move(*parsed);
  } else {
    record = record_of_line(line, rules);
  }
  if (rules.key) record.key = rules.key;
  record.headers.insert(record.headers.end(), rules.headers.begin(), rules.headers.end());
  return record;
}

Problem too_long(long long line_number) {
  return {ExitCode::kFailed, "MESSAGE_TOO_LARGE", "",
          fmt::format("input line {} is longer than {} bytes; the rest was not read", line_number,
                      kInputRecordBytesMax),
          ""};
}

void send_input(Context& context, const LineRules& rules, Producer& producer) {
  const auto& invocation = context.invocation();
  const bool raw = invocation.text_or("--format", "line") == "raw";
  const auto limit =
      raw ? 1 : invocation.integer("--num").value_or(std::numeric_limits<long long>::max());
  std::string line;
  for (long long number = 1; number <= limit && !context.interrupted(); ++number) {
    const auto read = raw ? read_all(context.io().in, line) : read_line(context.io().in, line);
    if (read == LineRead::kEnd) return;
    if (read == LineRead::kTooLong) return producer.fail(too_long(number));
    auto record = record_of(line, rules);
    if (record) {
      producer.send(*record);
    } else {
      record.error().message = fmt::format("input line {}: {}", number, record.error().message);
      producer.fail(std::move(record).error());
    }
  }
}

Outcome outcome_of(const std::string& topic, const Producer& producer) {
  const auto offset = [](std::int64_t value) { return value < 0 ? Json() : Json(value); };
  Outcome outcome;
  for (const auto& [partition, range] : producer.ranges()) {
    outcome.items.push_back({{"topic", topic},
                             {"partition", partition},
                             {"records", range.records},
                             {"first_offset", offset(range.first_offset)},
                             {"last_offset", offset(range.last_offset)}});
  }
  outcome.errors = producer.errors();
  const auto count = producer.acknowledged();
  outcome.notes.push_back(
      fmt::format("produced {} record{} to {}{}", count, count == 1 ? "" : "s", topic,
                  producer.failed() == 0 ? "" : fmt::format(", {} failed", producer.failed())));
  return outcome;
}

Outcome produce(Context& context) {
  const auto& invocation = context.invocation();
  const auto& topic = invocation.arguments().front();
  const auto rules = rules_of(invocation);
  if (!rules) return Outcome::failed(rules.error());
  std::vector<long long> partitions;
  if (const auto partition = invocation.integer("--partition")) partitions.push_back(*partition);
  if (auto usable = check_topic_is_usable(context, topic, partitions); !usable) {
    return Outcome::failed(usable.error());
  }
  Producer::Options options{.topic = topic,
                            .compression = invocation.text_or("--compression", "none"),
                            .acks = invocation.text_or("--acks", "all")};
  if (!partitions.empty()) options.partition = static_cast<std::int32_t>(partitions.front());
  auto producer = Producer::open(context.globals(), std::move(options));
  if (!producer) return Outcome::failed(producer.error());
  send_input(context, *rules, **producer);
  (*producer)->finish();
  return outcome_of(topic, **producer);
}

std::vector<Option> produce_options() {
  return {
      {.names = "-k,--key", .value = "KEY", .text = "the key of every record"},
      {.names = "-p,--partition",
       .value = "N",
       .text = "the partition; without it the key decides, as in Kafka's Java client",
       .kind = ValueKind::kInteger},
      {.names = "-H,--header",
       .value = "NAME=VALUE",
       .text = "a header of every record",
       .kind = ValueKind::kKeyValue,
       .repeatable = true},
      {.names = "--key-delimiter",
       .value = "TEXT",
       .text = "what stands before it on a line is the key; a line without it has no key. \\t and "
               "\\xHH are understood"},
      {.names = "--format",
       .value = "FORMAT",
       .text = "what standard input holds: a value on each line; a JSON object on each line, as "
               "consume -o json prints it; or one raw value",
       .kind = ValueKind::kChoice,
       .fallback = "line",
       .choices = {"line", "json", "raw"}},
      {.names = "-Z,--empty-is-null",
       .text = "an empty value becomes null, which deletes the key from a compacted topic",
       .kind = ValueKind::kFlag},
      {.names = "-z,--compression",
       .value = "CODEC",
       .text = "how batches are compressed",
       .kind = ValueKind::kChoice,
       .fallback = "none",
       .choices = {"none", "gzip", "snappy", "lz4", "zstd"}},
      {.names = "-a,--acks",
       .value = "ACKS",
       .text = "who must have a record: all replicas in sync, the leader alone (1), nobody (0)",
       .kind = ValueKind::kChoice,
       .fallback = "all",
       .choices = {"all", "1", "0", "-1"}},
      {.names = "-n,--num",
       .value = "N",
       .text = "stop after N lines",
       .kind = ValueKind::kInteger,
       .min = 1,
       .max = std::numeric_limits<long long>::max()},
  };
}

Shape produced_shape() {
  return {.fields = {{"topic", FieldType::kString, "name of the topic"},
                     {"partition", FieldType::kInteger, "number of the partition"},
                     {"records", FieldType::kInteger, "records acknowledged"},
                     {"first_offset", FieldType::kInteger,
                      "lowest offset of them; null when the cluster did not say", true},
                     {"last_offset", FieldType::kInteger, "highest offset of them", true}},
          .columns = {{"TOPIC", "topic"},
                      {"PARTITION", "partition"},
                      {"RECORDS", "records"},
                      {"FIRST_OFFSET", "first_offset"},
                      {"LAST_OFFSET", "last_offset"}},
          .name = "topic",
          .silent_table = true};
}

}  // namespace

Command produce_command() {
  return {
      .path = "produce",
      .summary = "Write records from standard input",
      .details =
          "Writes a summary to stderr and ends with 1 if any record failed. Every record is "
          "acknowledged or has failed within --timeout.",
      .argument =
          {.name = "TOPIC", .text = "topic to write to", .min = 1, .max = 1, .is_topic = true},
      .options = produce_options(),
      .shape = produced_shape(),
      .examples = {{"echo '42:a book' | millrace produce orders --key-delimiter :",
                    "one record with a key"},
                   {"millrace produce orders -z zstd < lines.txt", "a file, line by line"},
                   {"millrace consume a --exit-at-end -o json | millrace produce b --format json",
                    "copy a topic with keys, headers and timestamps"}},
      .answer = produce,
  };
}

}  // namespace millrace::cli
