#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "node/metadata_log/durable_end.h"
#include "node/metadata_log/metadata_log.h"
#include "storage/log.h"

namespace millrace::node {

inline constexpr const char* kMetadataLogDirectory = "__cluster_metadata-0";
/// Largest entry: a transaction of some 200,000 partitions.
inline constexpr std::size_t kMetadataEntryBytesMax = 32 << 20;

/// The metadata log of a quorum of one: storage's log, whose operations it carries out itself, for
/// metadata changes are few and each is synced before it is acknowledged. Format:
/// docs/formats/metadata.md. Owned by the metadata thread; calls block.
///
/// Survives a crash: every entry whose append() returned success, in order, and at most one more.
class LocalMetadataLog final : public MetadataLog {
 public:
  /// Opens or creates `<log_dir>/__cluster_metadata-0`. Requires: `log_dir` exists and is locked by
  /// this process. Errors: kCorrupt with one sentence when acknowledged entries are damaged or
  /// missing (nothing is touched), kIo.
  static Result<std::unique_ptr<LocalMetadataLog>> open(storage::FileSystem& files,
                                                        const std::string& log_dir,
                                                        TimestampMs now);

  [[nodiscard]] Offset end() const override { return log_.log_end(); }
  Result<std::vector<controller::MetadataTransaction>> read(Offset from) override;
  Status append(const controller::MetadataTransaction& records, TimestampMs now) override;

 private:
  LocalMetadataLog(storage::FileSystem& files, storage::Log log, DurableEnd durable_end)
      : files_(files), log_(std::move(log)), durable_end_(std::move(durable_end)) {}

  Status write(const controller::MetadataTransaction& records, TimestampMs now);
  Status carry_out();
  Status execute(storage::CreateSegmentOp& op);
  Status execute(storage::AppendOp& op);
  Status execute(storage::SealSegmentOp& op);
  Status execute(storage::ReplaceFileOp& op);
  Status execute(storage::TruncateOp& op);
  Status execute(storage::DeleteSegmentsOp& op);
  Status execute(storage::FlushOp& op);

  storage::FileSystem& files_;
  storage::Log log_;
  DurableEnd durable_end_;
  std::optional<Error> failed_;
};

}  // namespace millrace::node
