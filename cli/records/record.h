#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/ids.h"

namespace millrace::cli {

/// A header's value may be null; names may repeat.
using RecordHeader = std::pair<std::string, std::optional<std::string>>;

/// A record as `consume` prints it. Key and value may be null, which is not the same as empty.
struct Record {
  std::string topic;
  PartitionIndex partition;
  Offset offset;
  TimestampMs timestamp = kNoTimestamp;
  std::optional<std::string> key;
  std::optional<std::string> value;
  std::vector<RecordHeader> headers;

  friend bool operator==(const Record&, const Record&) = default;
};

}  // namespace millrace::cli
