#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/ids.h"
#include "base/result.h"
#include "storage/file_system.h"

namespace millrace::node {

/// The file that says up to where the metadata log was synced: docs/formats/metadata.md. Owned by
/// the log's thread; a crash while it is written leaves the end before.
class DurableEnd {
 public:
  /// Creates the file if it is missing. Blocks. Errors: kIo, kPermission.
  static Result<DurableEnd> open(storage::FileSystem& files, const std::string& directory);

  /// Nothing when nothing was ever recorded.
  [[nodiscard]] const std::optional<Offset>& end() const { return end_; }

  /// Durable when it returns success. Requires: end is above the one before.
  Status record(Offset end);

 private:
  explicit DurableEnd(std::shared_ptr<storage::File> file) : file_(std::move(file)) {}

  std::shared_ptr<storage::File> file_;
  std::optional<Offset> end_;
};

}  // namespace millrace::node
