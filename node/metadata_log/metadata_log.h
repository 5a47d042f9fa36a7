#pragma once

#include <cstdint>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "controller/metadata/image.h"
#include "controller/metadata/records.h"

namespace millrace::node {

/// Where committed metadata lives. One thread; calls block.
class MetadataLog {
 public:
  virtual ~MetadataLog() = default;

  /// Index that the next entry gets.
  [[nodiscard]] virtual Offset end() const = 0;

  /// What all entries together make. Errors: as read, and kCorrupt when entries do not fit.
  virtual Result<controller::ImagePtr> load() = 0;

  /// All entries in [from, end()), in order. Requires: they were not dropped for a snapshot.
  /// Errors: kIo, kCorrupt, kUnsupportedVersion.
  virtual Result<std::vector<controller::MetadataTransaction>> read(Offset from) = 0;

  /// Appends one entry; success means that it is committed: it survives a power cut.
  /// Errors: kNoSpace, kInvalidArgument (too large): it is not stored, a later one may be. kIo: it
  /// is not known whether it survives, and the log takes no more in this life.
  virtual Status append(const controller::MetadataTransaction& records, TimestampMs now) = 0;

  /// Writes a snapshot when enough was appended since the last one, and drops what two snapshots
  /// contain. Requires: `image` is what load() would return. A failure costs nothing but a longer
  /// next start: the log goes on, and tries again when as much was appended once more.
  virtual Status snapshot_if_due(const controller::ImagePtr& image, TimestampMs now) = 0;
};

}  // namespace millrace::node
