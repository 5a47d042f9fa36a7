#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "node/metadata_log/durable_end.h"
#include "node/metadata_log/metadata_log.h"
#include "node/metadata_log/metadata_partition.h"
#include "node/metadata_log/snapshot_file.h"
#include "storage/log.h"

namespace millrace::node {

/// Largest entry: a transaction of some 200,000 partitions.
inline constexpr std::size_t kMetadataEntryBytesMax = 32 << 20;

/// Disk space is reserved in steps of this, so that a full disk is met before an entry is begun.
inline constexpr std::uint64_t kMetadataReserveBytes = 1 << 20;

struct MetadataLogSizes {
  std::uint32_t segment_bytes = 64 << 20;
  std::uint64_t snapshot_every_bytes = 16 << 20;
};

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
                                                        const std::string& log_dir, TimestampMs now,
                                                        const MetadataLogSizes& sizes = {});

  [[nodiscard]] Offset end() const override { return log_.log_end(); }
  Result<controller::ImagePtr> load() override;
  Result<std::vector<controller::MetadataTransaction>> read(Offset from) override;
  Status append(const controller::MetadataTransaction& records, TimestampMs now) override;
  Status snapshot_if_due(const controller::ImagePtr& image, TimestampMs now) override;

 private:
  using OnEntry = std::function<Status(Offset, ByteView value)>;

  LocalMetadataLog(storage::FileSystem& files, storage::Log log, DurableEnd durable_end,
                   std::vector<SnapshotId> snapshots, const MetadataLogSizes& sizes)
      : files_(files),
        log_(std::move(log)),
        durable_end_(std::move(durable_end)),
        snapshots_(std::move(snapshots)),
        sizes_(sizes) {}

  Status walk(Offset from, const OnEntry& on_entry);
  Result<controller::ImagePtr> load_snapshot();
  Status take_snapshot(const controller::ImagePtr& image, TimestampMs now);
  Status write(const controller::MetadataTransaction& records, TimestampMs now);
  Status carry_out();
  Status carry_out(std::vector<storage::WriteOp> ops);
  Status reserve(const storage::AppendOp& op);
  Status put(const storage::AppendOp& op, storage::File& sums, std::uint64_t sum_position);
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
  std::vector<SnapshotId> snapshots_;  // oldest first
  const MetadataLogSizes sizes_;
  std::uint64_t bytes_since_snapshot_ = 0;
  Offset reserved_segment_ = kNoOffset;
  std::uint64_t reserved_bytes_ = 0;  // of that segment
  std::optional<Error> failed_;
};

}  // namespace millrace::node
