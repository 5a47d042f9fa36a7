#include "tests/unit/proto/kafka/records/golden.h"

#include <fmt/format.h>

#include <fstream>
#include <sstream>

#include "base/crc32c.h"
#include "proto/kafka/records/compression.h"
#include "proto/kafka/records/record_reader.h"

namespace millrace::kafka {

namespace {

constexpr std::size_t kShownBytesMax = 64;

/// Hexadecimal, with runs of zeros as their length in brackets.
std::vector<std::uint8_t> from_hex(const std::string& text) {
  std::vector<std::uint8_t> bytes;
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] == '(') {
      bytes.resize(bytes.size() + std::stoul(text.substr(i + 1)));
      i = text.find(')', i) + 1;
    } else {
      bytes.push_back(static_cast<std::uint8_t>(std::stoul(text.substr(i, 2), nullptr, 16)));
      i += 2;
    }
  }
  return bytes;
}

std::vector<std::string> lines_of(const std::string& file_name) {
  std::ifstream file(std::string(MILLRACE_RECORDS_GOLDEN) + "/" + file_name);
  CHECK_MSG(file.is_open(), file_name);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

/// The line without its first word; the word must be this one.
std::string rest_of(const std::string& line, const std::string& word) {
  CHECK_MSG(line.starts_with(word), line);
  return line.size() == word.size() ? "" : line.substr(word.size() + 1);
}

std::vector<GoldenBatch> read_batches() {
  std::vector<GoldenBatch> all;
  for (const std::string& line : lines_of("batches.golden")) {
    if (line.starts_with("batch ")) {
      all.push_back({rest_of(line, "batch"), {}, {}, {}});
    } else if (line.starts_with("header ")) {
      all.back().header = line;
    } else if (line.starts_with("record ")) {
      all.back().records.push_back(line);
    } else {
      all.back().bytes = from_hex(rest_of(line, "bytes"));
    }
  }
  return all;
}

void read_case(const std::string& line, GoldenVerdict& verdict) {
  std::istringstream words(rest_of(line, "case"));
  words >> verdict.name;
  for (std::string setting; words >> setting;) {
    const auto equals = setting.find('=');
    verdict.settings[setting.substr(0, equals)] = setting.substr(equals + 1);
  }
}

void read_refusal(const std::string& line, GoldenVerdict& verdict) {
  std::istringstream words(rest_of(line, "refused"));
  words >> verdict.error;
  for (std::int32_t index = 0; words >> index;) verdict.record_indexes.push_back(index);
}

std::vector<GoldenVerdict> read_verdicts() {
  std::vector<GoldenVerdict> all;
  for (const std::string& line : lines_of("verdicts.golden")) {
    if (line.starts_with("case ")) {
      read_case(line, all.emplace_back());
    } else if (line.starts_with("produced")) {
      all.back().produced = from_hex(rest_of(line, "produced"));
    } else if (line.starts_with("stored")) {
      all.back().stored = from_hex(rest_of(line, "stored"));
    } else {
      read_refusal(line, all.back());
    }
  }
  return all;
}

std::string describe_bytes(std::optional<ByteView> bytes) {
  if (!bytes) return "null";
  if (bytes->size() > kShownBytesMax)
    return fmt::format("<{} bytes, crc {}>", bytes->size(), crc32c(*bytes));
  std::string text = "[";
  for (const std::uint8_t byte : *bytes) text += fmt::format("{:02x}", byte);
  return text + "]";
}

std::string describe_header(const BatchHeader& h) {
  return fmt::format(
      "header base_offset={} last_offset={} next_offset={} bytes={} leader_epoch={} crc={} "
      "codec={} "
      "append_time={} transactional={} control={} base_timestamp={} max_timestamp={} "
      "producer_id={} producer_epoch={} base_sequence={} records={}",
      h.base_offset.value(), h.last_offset().value(), h.end_offset().value(), h.total_bytes(),
      h.leader_epoch.value(), h.crc, h.compression_id(),
      h.timestamp_type() == TimestampType::kLogAppendTime, h.is_transactional(), h.is_control(),
      h.base_timestamp.value(), h.max_timestamp.value(), h.producer_id.value(),
      h.producer_epoch.value(), h.base_sequence.value(), h.record_count);
}

std::string describe_record(const RecordView& record) {
  std::string text =
      fmt::format("record {} {} {} {}", record.offset.value(), record.timestamp.value(),
                  describe_bytes(record.key), describe_bytes(record.value));
  for (const RecordHeaderView& header : record.headers)
    text += " " + describe_bytes(as_bytes(header.key)) + "=" + describe_bytes(header.value);
  return text;
}

}  // namespace

const std::vector<GoldenBatch>& golden_batches() {
  static const std::vector<GoldenBatch> all = read_batches();
  return all;
}

const std::vector<GoldenVerdict>& golden_verdicts() {
  static const std::vector<GoldenVerdict> all = read_verdicts();
  return all;
}

std::vector<std::string> describe_batch(ByteView batch) {
  const auto header = parse_batch_header(batch);
  if (!header) return {to_string(header.error())};
  std::vector<std::string> lines = {describe_header(*header)};
  std::vector<std::uint8_t> storage;
  const auto body = batch_body(*header, batch, kDecompressedBytesMax, storage);
  if (!body) return {to_string(body.error())};
  RecordReader reader(*header, *body);
  RecordView record;
  for (;;) {
    const auto more = reader.next(record);
    if (!more) return {to_string(more.error())};
    if (!*more) return lines;
    lines.push_back(describe_record(record));
  }
}

}  // namespace millrace::kafka
