#include "node/metadata_log/local_metadata_log.h"

#include <absl/strings/numbers.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/check.h"
#include "controller/metadata/apply.h"
#include "controller/metadata/codec.h"
#include "node/metadata_log/entry_batch.h"
#include "storage/recovery.h"
#include "storage/segment_recovery.h"
#include "storage/sum.h"
#include "storage/whole_file.h"

namespace millrace::node {
namespace {

constexpr std::size_t kReadBytes = 1 << 20;
/// The newest may turn out to be damaged.
constexpr std::size_t kSnapshotsKept = 2;

storage::LogConfig log_config(const MetadataLogSizes& sizes) {
  storage::LogConfig config;
  config.segment_bytes = sizes.segment_bytes;
  config.segment_ms = INT64_MAX;
  config.retention_ms = -1;
  config.delete_by_retention = false;
  return config;
}

Status ensure_directory(storage::FileSystem& files, const std::string& log_dir,
                        const std::string& directory) {
  const auto made = files.create_directory(directory);
  if (!made && made.error().code != ErrorCode::kAlreadyExists) return made;
  return files.sync_directory(log_dir);
}

Status check_undamaged(const storage::LogState& state) {
  if (!state.damage) return {};
  return fail(
      ErrorCode::kCorrupt,
      fmt::format("the metadata log is damaged at byte {} of {} ({}); nothing was touched: "
                  "restore {} from a backup",
                  state.damage->position, state.damage->file, state.damage->what, state.directory));
}

/// The base offset of the first segment: everything below was dropped for a snapshot.
Result<Offset> first_offset(storage::FileSystem& files, const std::string& directory) {
  ASSIGN_OR_RETURN(const auto names, files.list(directory));
  for (const auto& name : names) {
    std::int64_t base = 0;
    if (name.ends_with(".log") && absl::SimpleAtoi(name.substr(0, name.size() - 4), &base)) {
      return Offset(base);  // names are sorted
    }
  }
  return Offset(0);
}

/// A sync that fails for lack of space has lost what was written, like any that fails.
Status sync_or_fail(storage::File& file) {
  auto synced = file.sync();
  if (!synced && synced.error().code == ErrorCode::kNoSpace) {
    return fail(ErrorCode::kIo, synced.error().message);
  }
  return synced;
}

Status write_all(storage::File& file, std::uint64_t position, const BytesChain& bytes) {
  std::vector<ByteView> pieces;
  for (const auto& piece : bytes.pieces()) pieces.push_back(piece.view());
  return file.write_at(position, pieces);
}

}  // namespace

Result<std::unique_ptr<LocalMetadataLog>> LocalMetadataLog::open(storage::FileSystem& files,
                                                                 const std::string& log_dir,
                                                                 TimestampMs now,
                                                                 const MetadataLogSizes& sizes) {
  const auto directory = log_dir + "/" + kMetadataLogDirectory;
  RETURN_IF_ERROR(ensure_directory(files, log_dir, directory));
  ASSIGN_OR_RETURN(auto durable_end, DurableEnd::open(files, directory));
  storage::RecoveryInput input;
  input.id = metadata_partition();
  input.directory = directory;
  input.config = log_config(sizes);
  ASSIGN_OR_RETURN(input.log_start, first_offset(files, directory));
  input.recorded_end = durable_end.end();
  input.now = now;
  ASSIGN_OR_RETURN(auto state, storage::recover_log(files, input));
  RETURN_IF_ERROR(check_undamaged(state));
  // More than the one entry that a crash can leave: its record of durable ends is lost.
  const auto end = state.segments.back().end_offset;
  const auto recorded = durable_end.end().value_or(Offset(0));
  if (end - recorded > 1) {
    return fail(ErrorCode::kCorrupt,
                fmt::format("{}/durable-end is damaged: it ends at {}, the metadata log at {}; "
                            "nothing was touched: restore {} from a backup",
                            directory, recorded.value(), end.value(), directory));
  }
  // An entry of the last moment counts from now on, so it has to be durable.
  RETURN_IF_ERROR(state.segments.back().files->log->sync());
  if (end > recorded) RETURN_IF_ERROR(durable_end.record(end));
  ASSIGN_OR_RETURN(auto snapshots, list_snapshots(files, directory));
  return std::unique_ptr<LocalMetadataLog>(
      new LocalMetadataLog(files, storage::Log(std::move(state), input.config),
                           std::move(durable_end), std::move(snapshots), sizes));
}

Status LocalMetadataLog::walk(Offset from, const OnEntry& on_entry) {
  while (from < log_.log_end()) {
    ASSIGN_OR_RETURN(const auto plan, log_.plan_read(from, log_.log_end(), kReadBytes));
    CHECK(plan.has_value());
    ASSIGN_OR_RETURN(const auto result, storage::read_now(files_, *plan));
    if (result.loaded) log_.install(*plan, result.loaded);
    const auto bytes = result.bytes.flatten();
    for (ByteView rest(bytes); !rest.empty(); ++from) {
      ASSIGN_OR_RETURN(const auto entry, entry_value(from, rest));
      RETURN_IF_ERROR(on_entry(from, entry.value));
      rest = rest.subspan(entry.batch_bytes);
    }
  }
  return {};
}

Result<std::vector<controller::MetadataTransaction>> LocalMetadataLog::read(Offset from) {
  std::vector<controller::MetadataTransaction> entries;
  RETURN_IF_ERROR(walk(from, [&](Offset, ByteView value) -> Status {
    ASSIGN_OR_RETURN(auto records, controller::decode(value));
    entries.push_back(std::move(records));
    return {};
  }));
  return entries;
}

/// The newest one that can be read and that the log continues. A damaged one is passed over while
/// the log and an older one say the same.
Result<controller::ImagePtr> LocalMetadataLog::load_snapshot() {
  Error damage{ErrorCode::kCorrupt, "there is none"};
  for (auto id = snapshots_.rbegin(); id != snapshots_.rend(); ++id) {
    if (id->end < log_.log_start() || id->end > log_.log_end()) continue;
    auto snapshot = read_snapshot(files_, log_.directory(), *id);
    if (snapshot) return std::move(snapshot->image);
    if (snapshot.error().code != ErrorCode::kCorrupt) return fail(snapshot.error());
    damage = snapshot.error();
  }
  if (log_.log_start() == Offset(0)) return controller::MetadataImage::empty();
  return fail(
      ErrorCode::kCorrupt,
      fmt::format("the metadata log begins at entry {} and no snapshot leads up to it ({}); "
                  "nothing was touched: restore {} from a backup",
                  log_.log_start().value(), damage.message, log_.directory()));
}

Result<controller::ImagePtr> LocalMetadataLog::load() {
  ASSIGN_OR_RETURN(auto image, load_snapshot());
  bytes_since_snapshot_ = 0;
  RETURN_IF_ERROR(walk(image->end_offset(), [&](Offset index, ByteView value) -> Status {
    ASSIGN_OR_RETURN(const auto records, controller::decode(value));
    auto next = controller::apply_records(*image, records);
    if (!next) return fail_in(fmt::format("metadata entry {}", index.value()), next.error());
    image = std::move(*next);
    bytes_since_snapshot_ += value.size();
    return {};
  }));
  return image;
}

Status LocalMetadataLog::snapshot_if_due(const controller::ImagePtr& image, TimestampMs now) {
  if (bytes_since_snapshot_ < sizes_.snapshot_every_bytes || failed_) return {};
  CHECK(image->end_offset() == log_.log_end());
  bytes_since_snapshot_ = 0;
  return take_snapshot(image, now);
}

/// What goes is contained in a snapshot that is durable already.
Status LocalMetadataLog::take_snapshot(const controller::ImagePtr& image, TimestampMs now) {
  const SnapshotId id{image->end_offset(), kMetadataEpoch};
  RETURN_IF_ERROR(write_snapshot(files_, log_.directory(), id, {{}, image}, now));
  snapshots_.push_back(id);
  if (snapshots_.size() < kSnapshotsKept) return {};
  while (snapshots_.size() > kSnapshotsKept) {
    RETURN_IF_ERROR(files_.remove_file(log_.directory() + "/" + snapshots_.front().file_name()));
    snapshots_.erase(snapshots_.begin());
  }
  log_.delete_records(snapshots_.front().end);
  return carry_out();
}

Status LocalMetadataLog::append(const controller::MetadataTransaction& records, TimestampMs now) {
  if (failed_) return fail(*failed_);
  return write(records, now);
}

Status LocalMetadataLog::write(const controller::MetadataTransaction& records, TimestampMs now) {
  const auto value = controller::encode(records);
  if (value.size() > kMetadataEntryBytesMax) {
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("a metadata change of {} bytes is over the limit of {}; change less at "
                            "a time",
                            value.size(), kMetadataEntryBytesMax));
  }
  auto bytes = entry_batch(log_.log_end(), value, now);
  ASSIGN_OR_RETURN(const auto header, kafka::parse_batch_header(bytes.view()));
  RETURN_IF_ERROR(log_.append({header, std::move(bytes)}, kMetadataEpoch, std::nullopt, now));
  RETURN_IF_ERROR(carry_out());
  bytes_since_snapshot_ += value.size();
  return {};
}

Status LocalMetadataLog::carry_out() {
  auto ops = log_.take_ops();
  if (ops.empty()) return {};
  const auto ref = std::visit([](const auto& op) { return op.log; }, ops.front());
  const auto status = carry_out(std::move(ops));
  if (status) return {};
  if (status.error().code == ErrorCode::kNoSpace) {
    // Nothing of it is in the files: the next append tries anew.
    log_.on_write_failed({ref, status.error(), log_.written_end()});
    log_.resume();
  } else {
    // What a failed sync left behind is not known: only a restart may look.
    failed_ = status.error();
  }
  return status;
}

Status LocalMetadataLog::carry_out(std::vector<storage::WriteOp> ops) {
  for (auto& op : ops) {
    RETURN_IF_ERROR(std::visit([this](auto& o) { return execute(o); }, op));
  }
  return {};
}

Status LocalMetadataLog::execute(storage::CreateSegmentOp& op) {
  ASSIGN_OR_RETURN(op.segment->log,
                   files_.open(op.segment->path(".log"), storage::OpenMode::kCreateReadWrite));
  return {};  // its first entry syncs the directory
}

/// Errors: kNoSpace before anything is written.
Status LocalMetadataLog::reserve(const storage::AppendOp& op) {
  const auto base = op.segment->base_offset;
  const auto end = op.position + op.bytes.size();
  if (base == reserved_segment_ && end <= reserved_bytes_) return {};
  const auto count = std::max<std::uint64_t>(op.bytes.size(), kMetadataReserveBytes);
  RETURN_IF_ERROR(op.segment->log->allocate(op.position, count, true));
  reserved_segment_ = base;
  reserved_bytes_ = op.position + count;
  return {};
}

/// Errors: kNoSpace when nothing of the entry is in the files.
Status LocalMetadataLog::put(const storage::AppendOp& op, storage::File& sums,
                             std::uint64_t sum_position) {
  const auto sum = storage::encode_sums(op.sums);
  auto written = write_all(*op.segment->log, op.position, op.bytes);
  if (written) written = write_all(sums, sum_position, BytesChain(SharedBytes::own(sum)));
  if (!written && written.error().code == ErrorCode::kNoSpace) {
    // Durably, or a crash would bring back what was refused.
    RETURN_IF_ERROR(op.segment->log->truncate(op.position));
    RETURN_IF_ERROR(sums.truncate(sum_position));
    RETURN_IF_ERROR(sync_or_fail(*op.segment->log));
    RETURN_IF_ERROR(sync_or_fail(sums));
  }
  return written;
}

/// Entries have one offset each, so the place in the sum file follows from the offset.
Status LocalMetadataLog::execute(storage::AppendOp& op) {
  ASSIGN_OR_RETURN(const auto sums,
                   files_.open(op.segment->path(".sum"), storage::OpenMode::kCreateReadWrite));
  const auto number = static_cast<std::uint64_t>(op.end_offset - op.segment->base_offset) - 1;
  RETURN_IF_ERROR(reserve(op));
  RETURN_IF_ERROR(put(op, *sums, number * storage::kSumEntryBytes));
  log_.on_written({op.log, op.end_offset});
  RETURN_IF_ERROR(sync_or_fail(*op.segment->log));
  RETURN_IF_ERROR(sync_or_fail(*sums));
  if (number == 0) RETURN_IF_ERROR(files_.sync_directory(op.segment->directory));
  RETURN_IF_ERROR(durable_end_.record(op.end_offset));
  log_.on_durable({op.log, op.end_offset});
  return {};
}

Status LocalMetadataLog::execute(storage::SealSegmentOp& op) {
  RETURN_IF_ERROR(storage::replace_whole_file(files_, op.segment->path(".index"), op.offset_index));
  RETURN_IF_ERROR(
      storage::replace_whole_file(files_, op.segment->path(".timeindex"), op.time_index));
  log_.on_saved({op.log, op.segment->base_offset, op.size});
  return {};
}

Status LocalMetadataLog::execute(storage::ReplaceFileOp& op) {
  return storage::replace_whole_file(files_, op.path, op.content);
}

/// From the oldest on, so that a crash leaves no hole.
Status LocalMetadataLog::execute(storage::DeleteSegmentsOp& op) {
  for (const auto& segment : op.segments) {
    RETURN_IF_ERROR(storage::remove_segment(files_, *segment));
  }
  for (const auto& path : op.stale_files) RETURN_IF_ERROR(files_.remove_file(path));
  return {};
}

// This log is never cut and syncs every append.
Status LocalMetadataLog::execute(storage::TruncateOp&) {
  CHECK_MSG(false, "the metadata log is not truncated");
}
Status LocalMetadataLog::execute(storage::FlushOp&) {
  return {};
}

}  // namespace millrace::node
