#include <fmt/format.h>

#include <chrono>
#include <limits>
#include <ostream>

#include "cli/commands/commands.h"
#include "cli/context.h"
#include "cli/output/rows.h"
#include "cli/output/yaml.h"
#include "cli/records/consumer.h"
#include "cli/records/preflight.h"
#include "cli/records/record_format.h"
#include "cli/records/record_json.h"
#include "cli/text/encoding.h"

namespace millrace::cli {
namespace {

constexpr std::size_t kWriteBytes = 64 * 1024;
constexpr int kQuietMs = 100;

TimestampMs wall_now() {
  return TimestampMs(std::chrono::duration_cast<std::chrono::milliseconds>(
                         std::chrono::system_clock::now().time_since_epoch())
                         .count());
}

// Records as -o and -f say, gathered into larger writes.
class RecordWriter {
 public:
  RecordWriter(OutputFormat format, RecordFormat text, std::ostream& out)
      : format_(format), text_(std::move(text)), out_(out), shape_(record_shape()) {}

  void write(const Record& record) {
    switch (format_) {
      case OutputFormat::kJson:
        buffer_ += record_json(record).dump() + "\n";
        break;
      case OutputFormat::kYaml:
        buffer_ += "---\n" + yaml_text(record_json(record));
        break;
      case OutputFormat::kTsv:
        write_tsv(record);
        break;
      default:
        text_.append(record, buffer_);
    }
    if (buffer_.size() >= kWriteBytes) flush();
  }
  void flush() {
    if (buffer_.empty()) return;
    out_ << buffer_ << std::flush;
    buffer_.clear();
  }
  [[nodiscard]] bool broken() const { return !out_.good(); }

 private:
  void write_tsv(const Record& record) {
    const auto rows = rows_of(record_json(record), shape_, shape_.columns);
    for (std::size_t i = 0; i < rows[0].size(); ++i) {
      buffer_ += (i == 0 ? "" : "\t") + escape_cell(rows[0][i]);
    }
    buffer_ += "\n";
  }

  OutputFormat format_;
  RecordFormat text_;
  std::ostream& out_;
  Shape shape_;
  std::string buffer_;
};

// -f, or what --key-delimiter makes of it.
Answer<RecordFormat> text_format(const Invocation& invocation) {
  const auto format = invocation.text("--format");
  const auto delimiter = invocation.text("--key-delimiter");
  if (format && delimiter) {
    return problem(usage_problem("--key-delimiter", "--key-delimiter does not go with -f"));
  }
  if (delimiter) {
    std::string literal;
    for (const char c : *delimiter) literal += c == '%' ? std::string("%%") : std::string(1, c);
    return RecordFormat::parse("%k" + literal + "%s\\n");
  }
  return RecordFormat::parse(format.value_or("%s\\n"));
}

Answer<RecordWriter> writer_of(Context& context) {
  const auto& invocation = context.invocation();
  auto text = text_format(invocation);
  if (!text) return problem(std::move(text).error());
  const auto output = context.globals().output;
  if (invocation.has("--format") && output != OutputFormat::kTable) {
    return problem(usage_problem("-f", fmt::format("-f does not go with -o {}", name_of(output))));
  }
  return RecordWriter(output, std::move(*text), context.io().out);
}

Answer<std::unique_ptr<Consumer>> open_consumer(Context& context) {
  const auto& invocation = context.invocation();
  const auto& topic = invocation.arguments().front();
  const auto offset = parse_offset_spec(invocation.text_or("--offset", "start"), wall_now());
  if (!offset) return problem(offset.error());
  Consumer::Options options{
      .topic = topic, .offset = *offset, .quick_end = invocation.has("--exit-at-end")};
  std::vector<long long> partitions;
  for (const auto& text : invocation.all("--partition")) partitions.push_back(std::stoll(text));
  for (const auto partition : partitions) {
    options.partitions.push_back(static_cast<std::int32_t>(partition));
  }
  CLI_TRY(check_topic_is_usable(context, topic, partitions));
  return Consumer::open(context.globals(), std::move(options));
}

Answer<void> copy_records(Context& context, Consumer& consumer, RecordWriter& writer) {
  const auto& invocation = context.invocation();
  const bool exit_at_end = invocation.has("--exit-at-end");
  auto left = invocation.integer("--num").value_or(std::numeric_limits<long long>::max());
  Record record;
  int wait_ms = 0;
  while (left > 0 && !context.interrupted() && !writer.broken()) {
    const auto event = consumer.next(record, wait_ms);
    if (!event) return problem(event.error());
    wait_ms = 0;
    if (*event == Consumer::Event::kRecord) {
      writer.write(record);
      --left;
    } else {
      // Nothing is waiting: show what there is before waiting for more.
      writer.flush();
      wait_ms = kQuietMs;
    }
    if (*event == Consumer::Event::kAllAtEnd && exit_at_end) return {};
  }
  return {};
}

std::vector<Problem> consume(Context& context) {
  auto writer = writer_of(context);
  if (!writer) return {writer.error()};
  auto consumer = open_consumer(context);
  if (!consumer) return {consumer.error()};
  const auto done = copy_records(context, **consumer, *writer);
  writer->flush();
  if (!done) return {done.error()};
  return {};
}

std::vector<Option> consume_options() {
  return {
      {.names = "--offset",
       .value = "OFFSET",
       .text = "where to begin: start, end, an offset N, -N for the last N records of each "
               "partition, or @TIME, such as @2026-11-20T12:00 (UTC), @-15m or milliseconds",
       .fallback = "start"},
      {.names = "-n,--num",
       .value = "N",
       .text = "stop after N records",
       .kind = ValueKind::kInteger,
       .min = 1,
       .max = std::numeric_limits<long long>::max()},
      {.names = "-e,--exit-at-end",
       .text = "stop when every partition was read to its end, instead of waiting for more",
       .kind = ValueKind::kFlag},
      {.names = "-p,--partition",
       .value = "N",
       .text = "a partition to read; all without it",
       .kind = ValueKind::kInteger,
       .repeatable = true},
      {.names = "-f,--format",
       .value = "FORMAT",
       .text = "print each record so: %s value (%v too), %S its bytes, %R the same as 4 big-endian "
               "bytes, %k key, %K its bytes, %t topic, %p partition, %o offset, %T timestamp in "
               "ms, %h headers, %%, and \\n \\t \\xHH",
       .fallback = "%s\\n"},
      {.names = "--key-delimiter",
       .value = "TEXT",
       .text = "print the key and this text before each value"},
  };
}

}  // namespace

Command consume_command() {
  return {
      .path = "consume",
      .summary = "Read records to standard output",
      .details =
          "Reads without a consumer group: nothing is remembered on the cluster. With -o json it "
          "prints one object a line; if reading fails, the last line is a document with `errors`.",
      .argument = {.name = "TOPIC", .text = "topic to read", .min = 1, .max = 1, .is_topic = true},
      .options = consume_options(),
      .shape = record_shape(),
      .examples = {{"millrace consume orders --exit-at-end", "all values, one a line"},
                   {"millrace consume orders --offset -10 -f '%p/%o %k=%s\\n'",
                    "the last ten of each partition, then those that come"},
                   {"millrace consume orders --offset @-1h -e -o json | jq .value",
                    "the last hour"}},
      .stream = consume,
      .refused_formats = {OutputFormat::kWide, OutputFormat::kName},
  };
}

}  // namespace millrace::cli
