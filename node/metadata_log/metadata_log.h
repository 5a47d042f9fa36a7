#pragma once

#include <cstdint>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "controller/metadata/records.h"

namespace millrace::node {

/// Where committed metadata lives. One thread; calls block.
class MetadataLog {
 public:
  virtual ~MetadataLog() = default;

  /// Index that the next entry gets.
  [[nodiscard]] virtual Offset end() const = 0;

  /// All entries in [from, end()), in order. Errors: kIo, kCorrupt, kUnsupportedVersion.
  virtual Result<std::vector<controller::MetadataTransaction>> read(Offset from) = 0;

  /// Appends one entry; success means that it is committed: it survives a power cut. After an error
  /// it is not known whether it does, and the log takes no more in this life.
  /// Errors: kIo, kNoSpace, kInvalidArgument (too large).
  virtual Status append(const controller::MetadataTransaction& records, TimestampMs now) = 0;
};

}  // namespace millrace::node
