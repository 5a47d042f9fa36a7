#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/ids.h"
#include "base/result.h"
#include "raft/types.h"
#include "storage/file_system.h"

namespace millrace::node {

/// The file `quorum-state`: term, vote, and up to where the log was synced; what a replica must not
/// forget (docs/formats/metadata.md). Two slots, written by turns: a crash while one is written
/// leaves the other. Each slot holds its record twice: one that rots would otherwise look like one
/// that a crash tore, and the vote in it be forgotten. Owned by the log's thread.
class QuorumState {
 public:
  static constexpr const char* kFileName = "quorum-state";

  struct Content {
    raft::HardState hard;
    Offset durable_end{0};  // of the log
    /// A snapshot that ends here took the place of the log: without it, or a log that goes as far,
    /// something is lost.
    Offset installed_end{0};
    friend bool operator==(const Content&, const Content&) = default;
  };

  /// Creates the file if it is missing. Blocks. Errors: kIo, kPermission.
  static Result<QuorumState> open(storage::FileSystem& files, const std::string& directory);

  /// What is recorded, without a change of the disk; nothing when nothing ever was. Errors: kIo.
  static Result<std::optional<Content>> look(storage::FileSystem& files,
                                             const std::string& directory);

  [[nodiscard]] const Content& content() const { return content_; }
  /// Whether anything was ever recorded.
  [[nodiscard]] bool is_new() const { return sequence_ == 0; }

  /// Durable when it returns success.
  Status record(const Content& content);

 private:
  explicit QuorumState(std::shared_ptr<storage::File> file) : file_(std::move(file)) {}

  Status load();

  std::shared_ptr<storage::File> file_;
  std::uint64_t sequence_ = 0;
  Content content_;
};

}  // namespace millrace::node
