#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// A second implementation of the record format, written to be obviously right and slow: the twin
/// that the reader and the builder are compared with. It shares no code with them.
namespace millrace::kafka::naive {

using Text = std::optional<std::string>;

struct Record {
  std::int64_t timestamp_delta = 0;
  std::int64_t offset_delta = 0;
  Text key;
  Text value;
  std::vector<std::pair<std::string, Text>> headers;

  friend bool operator==(const Record&, const Record&) = default;
};

/// The body of a batch: every record with its length before it.
std::string encode(const std::vector<Record>& records);

/// The records of a body, or nothing when it is not exactly `count` well-formed records whose
/// offset deltas go up and end at or below `last_offset_delta`.
std::optional<std::vector<Record>> decode(const std::string& body, std::int32_t count,
                                          std::int32_t last_offset_delta);

}  // namespace millrace::kafka::naive
