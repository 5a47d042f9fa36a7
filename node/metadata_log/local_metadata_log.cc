#include "node/metadata_log/local_metadata_log.h"

#include <fmt/format.h>

#include <array>

#include "base/check.h"
#include "controller/metadata/codec.h"
#include "proto/kafka/records/batch_builder.h"
#include "proto/kafka/records/record_reader.h"
#include "storage/recovery.h"
#include "storage/sum.h"
#include "storage/whole_file.h"

namespace millrace::node {
namespace {

constexpr LeaderEpoch kEpoch{1};
constexpr std::size_t kReadBytes = 1 << 20;

/// Kafka's id of this topic.
TopicPartitionId metadata_partition() {
  std::array<std::uint8_t, Uuid::kBytes> bytes{};
  bytes.back() = 1;
  return {TopicId(Uuid(bytes)), PartitionIndex(0)};
}

storage::LogConfig log_config() {
  storage::LogConfig config;
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

/// The value of the batch's only record.
Result<controller::MetadataTransaction> read_entry(const kafka::BatchHeader& header,
                                                   ByteView batch) {
  std::vector<std::uint8_t> space;
  ASSIGN_OR_RETURN(const auto body,
                   kafka::batch_body(header, batch, kMetadataEntryBytesMax, space));
  kafka::RecordReader reader(header, body);
  kafka::RecordView record;
  ASSIGN_OR_RETURN(const bool there, reader.next(record));
  if (!there || !record.value || header.record_count != 1) {
    return fail(ErrorCode::kCorrupt, fmt::format("entry {} of the metadata log is not one record",
                                                 header.base_offset.value()));
  }
  return controller::decode(*record.value);
}

Status write_all(storage::File& file, std::uint64_t position, const BytesChain& bytes) {
  std::vector<ByteView> pieces;
  for (const auto& piece : bytes.pieces()) pieces.push_back(piece.view());
  return file.write_at(position, pieces);
}

}  // namespace

Result<std::unique_ptr<LocalMetadataLog>> LocalMetadataLog::open(storage::FileSystem& files,
                                                                 const std::string& log_dir,
                                                                 TimestampMs now) {
  const auto directory = log_dir + "/" + kMetadataLogDirectory;
  RETURN_IF_ERROR(ensure_directory(files, log_dir, directory));
  ASSIGN_OR_RETURN(auto durable_end, DurableEnd::open(files, directory));
  storage::RecoveryInput input;
  input.id = metadata_partition();
  input.directory = directory;
  input.config = log_config();
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
  return std::unique_ptr<LocalMetadataLog>(new LocalMetadataLog(
      files, storage::Log(std::move(state), log_config()), std::move(durable_end)));
}

Result<std::vector<controller::MetadataTransaction>> LocalMetadataLog::read(Offset from) {
  std::vector<controller::MetadataTransaction> entries;
  while (from < log_.log_end()) {
    ASSIGN_OR_RETURN(const auto plan, log_.plan_read(from, log_.log_end(), kReadBytes));
    CHECK(plan.has_value());
    ASSIGN_OR_RETURN(const auto result, storage::read_now(files_, *plan));
    if (result.loaded) log_.install(*plan, result.loaded);
    const auto bytes = result.bytes.flatten();
    for (ByteView rest(bytes); !rest.empty();) {
      ASSIGN_OR_RETURN(const auto header, kafka::parse_batch_header(rest));
      if (header.base_offset != from || header.last_offset_delta != 0) {
        return fail(ErrorCode::kCorrupt,
                    fmt::format("the metadata log has no entry {}", from.value()));
      }
      ASSIGN_OR_RETURN(auto entry, read_entry(header, rest.first(header.total_bytes())));
      entries.push_back(std::move(entry));
      rest = rest.subspan(header.total_bytes());
      ++from;
    }
  }
  return entries;
}

Status LocalMetadataLog::append(const controller::MetadataTransaction& records, TimestampMs now) {
  if (failed_) return fail(*failed_);
  auto status = write(records, now);
  // What a failed sync left behind is not known: only a restart may look.
  if (!status && status.error().code != ErrorCode::kInvalidArgument) failed_ = status.error();
  return status;
}

Status LocalMetadataLog::write(const controller::MetadataTransaction& records, TimestampMs now) {
  const auto value = controller::encode(records);
  if (value.size() > kMetadataEntryBytesMax) {
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("a metadata change of {} bytes is over the limit of {}; change less at "
                            "a time",
                            value.size(), kMetadataEntryBytesMax));
  }
  kafka::BatchBuilder builder;
  builder.add(now, std::nullopt, ByteView(value));
  auto bytes = builder.build();
  ASSIGN_OR_RETURN(const auto header, kafka::parse_batch_header(bytes.view()));
  RETURN_IF_ERROR(log_.append({header, std::move(bytes)}, kEpoch, std::nullopt, now));
  return carry_out();
}

Status LocalMetadataLog::carry_out() {
  for (auto& op : log_.take_ops()) {
    RETURN_IF_ERROR(std::visit([this](auto& o) { return execute(o); }, op));
  }
  return {};
}

Status LocalMetadataLog::execute(storage::CreateSegmentOp& op) {
  ASSIGN_OR_RETURN(op.segment->log,
                   files_.open(op.segment->path(".log"), storage::OpenMode::kCreateReadWrite));
  return files_.sync_directory(op.segment->directory);
}

/// Entries have one offset each, so the place in the sum file follows from the offset.
Status LocalMetadataLog::execute(storage::AppendOp& op) {
  RETURN_IF_ERROR(write_all(*op.segment->log, op.position, op.bytes));
  log_.on_written({op.log, op.end_offset});
  RETURN_IF_ERROR(op.segment->log->sync());
  ASSIGN_OR_RETURN(const auto sums,
                   files_.open(op.segment->path(".sum"), storage::OpenMode::kCreateReadWrite));
  const auto entry = storage::encode_sums(op.sums);
  const std::array<ByteView, 1> pieces{ByteView(entry)};
  const auto number = static_cast<std::uint64_t>(op.end_offset - op.segment->base_offset) - 1;
  RETURN_IF_ERROR(sums->write_at(number * storage::kSumEntryBytes, pieces));
  RETURN_IF_ERROR(sums->sync());
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

// This log is never cut, has no retention, and syncs every append.
Status LocalMetadataLog::execute(storage::TruncateOp&) {
  CHECK_MSG(false, "the metadata log is not truncated");
}
Status LocalMetadataLog::execute(storage::DeleteSegmentsOp&) {
  CHECK_MSG(false, "the metadata log has no retention");
}
Status LocalMetadataLog::execute(storage::FlushOp&) {
  return {};
}

}  // namespace millrace::node
