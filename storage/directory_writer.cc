#include "storage/directory_writer.h"

#include <algorithm>
#include <array>

#include "storage/sum.h"
#include "storage/whole_file.h"

namespace millrace::storage {

DirectoryWriter::DirectoryWriter(FileSystem& files, std::string directory, Journal journal)
    : files_(files), directory_(std::move(directory)), journal_(std::move(journal)) {}

DirectoryWriter::~DirectoryWriter() = default;

void DirectoryWriter::add_log(const OpenLog& log) {
  LogState state;
  state.topic = log.topic;
  state.directory = log.directory;
  state.written_end = state.durable_end = log.durable_end;
  state.log_start = log.log_start;
  state.checkpointed_end = log.durable_end;
  logs_[log.id] = std::move(state);
}

void DirectoryWriter::remove_log(const TopicPartitionId& id) {
  const auto found = logs_.find(id);
  if (found == logs_.end()) return;
  const std::string prefix = found->second.directory + "/";
  std::erase_if(deferred_, [&](const auto& file) { return file.first.starts_with(prefix); });
  waiting_.erase(id);
  logs_.erase(found);
}

void DirectoryWriter::submit(WriteOp op) {
  if (fenced_) return;
  const LogRef ref = std::visit([](const auto& each) { return each.log; }, op);
  const auto found = logs_.find(ref.id);
  // The log is gone, or this was queued behind a write that failed.
  if (found == logs_.end()) return;
  const bool dropped = ref.generation < found->second.generation_min;
  if (dropped && !std::holds_alternative<DeleteSegmentsOp>(op)) return;
  if (!dropped) found->second.ref = ref;
  std::visit([&](auto& each) { execute(found->second, each); }, op);
}

DirectoryWriter::SegmentState* DirectoryWriter::segment(
    LogState& log, const std::shared_ptr<SegmentFiles>& files) {
  SegmentState& state = log.segments[files->base_offset];
  state.files = files;
  if (!files->log) {
    auto opened = files_.open(files->path(".log"), OpenMode::kReadWrite);
    if (!opened) {
      fence(opened.error());
      return nullptr;
    }
    files->log = std::move(*opened);
  }
  return &state;
}

void DirectoryWriter::execute(LogState& log, CreateSegmentOp& op) {
  auto opened = files_.open(op.segment->path(".log"), OpenMode::kCreateReadWrite);
  if (!opened) return fence(opened.error());
  op.segment->log = std::move(*opened);
  log.segments[op.segment->base_offset].files = op.segment;
  log.new_files = log.directory_unsynced = true;
  // A reservation that does not fit is no reason to fail: the write itself will say so.
  if (op.preallocate_bytes > 0)
    (void)op.segment->log->allocate(0, op.preallocate_bytes, true).has_value();
}

void DirectoryWriter::execute(LogState& log, AppendOp& op) {
  SegmentState* state = segment(log, op.segment);
  if (state == nullptr) return;
  std::vector<ByteView> pieces;
  pieces.reserve(op.bytes.pieces().size());
  for (const auto& piece : op.bytes.pieces()) pieces.push_back(piece.view());
  if (const auto written = op.segment->log->write_at(op.position, pieces); !written) {
    return write_failed(log, op, written.error());
  }
  counters_.bytes_written += op.bytes.size();
  state->unsynced = true;
  state->written_to = op.position + op.bytes.size();
  state->unstarted_write_back += op.bytes.size();
  if (state->unstarted_write_back >= kWriteBackBytes) {
    op.segment->log->start_write_back(state->written_to - state->unstarted_write_back,
                                      state->unstarted_write_back);
    state->unstarted_write_back = 0;
  }
  state->unsaved_sums.insert(state->unsaved_sums.end(), op.sums.begin(), op.sums.end());
  log.written_end = op.end_offset;
  if (!events_.empty() && std::holds_alternative<LogWritten>(events_.back()) &&
      std::get<LogWritten>(events_.back()).log == op.log) {
    std::get<LogWritten>(events_.back()).end_offset = op.end_offset;
  } else {
    events_.push_back(LogWritten{op.log, op.end_offset});
  }
  if (op.durability == Durability::kMemory) {
    log.written_unasked = true;
    return;
  }
  // After a switch from memory a round has to bring along what was never asked to be durable.
  log.flushing = log.flushing || log.written_unasked;
  const TopicPartitionId id = op.log.id;
  const Offset base = op.segment->base_offset;
  if (log.pending.sums.empty() || log.pending.sums.back().segment_base != base)
    log.pending.sums.push_back({id, base, {}});
  auto& sums = log.pending.sums.back().entries;
  sums.insert(sums.end(), op.sums.begin(), op.sums.end());
  log.pending_bytes += op.bytes.size();
  if (log.dirty.empty() || log.dirty.back() != base) log.dirty.push_back(base);
  log.pending.extents.push_back({id, base, op.position, op.end_offset, std::move(op.bytes)});
  want_round(id, log, op.log);
}

void DirectoryWriter::write_failed(LogState& log, const AppendOp& op, const Error& error) {
  if (error.code != ErrorCode::kNoSpace) return fence(error);
  // Whatever part of it was written goes again; cutting needs no space.
  if (!check(op.segment->log->truncate(op.position))) return;
  log.generation_min = op.log.generation + 1;
  events_.push_back(LogWriteFailed{op.log, error, log.written_end});
}

void DirectoryWriter::execute(LogState& log, SealSegmentOp& op) {
  SegmentState* state = segment(log, op.segment);
  if (state == nullptr) return;
  deferred_[op.segment->path(".index")] = std::move(op.offset_index);
  deferred_[op.segment->path(".timeindex")] = std::move(op.time_index);
  state->unsynced = true;
  state->sealed_at = op.size;
}

void DirectoryWriter::execute(LogState&, ReplaceFileOp& op) {
  deferred_[op.path] = std::move(op.content);
  events_.push_back(FileReplaced{op.log, op.path});
}

/// First the journal has to say that the log ends here, or a crash in the middle would look like
/// damage; the files are cut when that round is done.
void DirectoryWriter::execute(LogState& log, TruncateOp& op) {
  const auto above = [&](Offset base, std::uint64_t position) {
    return base > op.segment->base_offset ||
           (base == op.segment->base_offset && position >= op.size);
  };
  // Everything of this log that waits for the round is above or below the cut in one piece.
  std::erase_if(log.pending.extents, [&](const JournalExtent& extent) {
    return above(extent.segment_base, extent.position);
  });
  for (auto& sums : log.pending.sums) {
    std::erase_if(sums.entries,
                  [&](const SumEntry& entry) { return above(sums.segment_base, entry.position); });
  }
  log.written_end = op.end_offset;
  log.durable_end = std::min(log.durable_end, op.end_offset);
  log.pending.cuts.push_back({op.log.id, op.segment->base_offset, op.size, op.end_offset});
  want_round(op.log.id, log, op.log);
  log.truncation = std::move(op);
}

/// Removes and cuts what rounds have recorded. A checkpoint that is out may still save sums of what
/// goes, or sync it: files wait for it.
void DirectoryWriter::change_files() {
  if (!quiet() || fenced_) return;
  for (const DeleteSegmentsOp& op : std::exchange(deletions_, {})) {
    const auto found = logs_.find(op.log.id);
    if (found == logs_.end()) continue;
    if (!check(remove_segments(found->second, op))) return;
  }
  for (const TruncateOp& op : std::exchange(cuts_, {})) {
    const auto found = logs_.find(op.log.id);
    if (found == logs_.end()) continue;
    if (!check(make_cut(found->second, op))) return;
    events_.push_back(LogTruncated{op.log, op.end_offset});
  }
}

Status DirectoryWriter::make_cut(LogState& log, const TruncateOp& op) {
  SegmentState* state = segment(log, op.segment);
  if (state == nullptr) return fail(*fenced_);
  RETURN_IF_ERROR(forget_checkpointed_end(log, op.end_offset));
  // The last segment first: whatever a crash leaves has no hole.
  for (auto files = op.removed.rbegin(); files != op.removed.rend(); ++files) {
    for (const char* suffix : {".log", ".index", ".timeindex", ".sum"}) {
      RETURN_IF_ERROR(discard((*files)->path(suffix)));
    }
    log.segments.erase((*files)->base_offset);
  }
  for (const char* suffix : {".index", ".timeindex"})
    RETURN_IF_ERROR(discard(op.segment->path(suffix)));
  for (const std::string& path : op.stale_files) RETURN_IF_ERROR(discard(path));
  state->sealed_at.reset();
  state->written_to = op.size;
  state->unsynced = true;
  RETURN_IF_ERROR(op.segment->log->truncate(op.size));
  RETURN_IF_ERROR(op.segment->log->sync());
  RETURN_IF_ERROR(cut_sums(*state, op.size));
  const std::string epochs = log.directory + "/leader-epoch-checkpoint";
  deferred_.erase(epochs);
  RETURN_IF_ERROR(replace_whole_file(files_, epochs, op.epoch_cache));
  return files_.sync_directory(log.directory);
}

/// Removes a file that may exist, or may wait to be written.
Status DirectoryWriter::discard(const std::string& path) {
  deferred_.erase(path);
  auto removed = files_.remove_file(path);
  if (!removed && removed.error().code != ErrorCode::kNotFound) return removed;
  return {};
}

Status DirectoryWriter::cut_sums(SegmentState& segment, std::uint64_t size) {
  std::erase_if(segment.unsaved_sums,
                [&](const SumEntry& entry) { return entry.position >= size; });
  ASSIGN_OR_RETURN(const auto bytes, read_whole_file(files_, segment.files->path(".sum")));
  if (!bytes) return {};
  auto entries = decode_sums(*bytes);
  const auto before = entries.size();
  std::erase_if(entries, [&](const SumEntry& entry) { return entry.position >= size; });
  if (entries.size() == before) return {};
  ASSIGN_OR_RETURN(const auto file, files_.open(segment.files->path(".sum"), OpenMode::kReadWrite));
  RETURN_IF_ERROR(file->truncate(entries.size() * kSumEntryBytes));
  return file->sync();
}

/// The recovery-point file must never promise more than the log has.
Status DirectoryWriter::forget_checkpointed_end(LogState& log, Offset end) {
  if (log.checkpointed_end <= end) return {};
  log.checkpointed_end = end;
  return write_checkpoints();
}

void DirectoryWriter::execute(LogState& log, DeleteSegmentsOp& op) {
  log.log_start = std::max(log.log_start, op.log_start);
  log.pending.starts.push_back({op.log.id, log.log_start});
  want_round(op.log.id, log, log.ref);  // not the operation's, which may be of an older generation
  log.deletions.push_back(std::move(op));
}

void DirectoryWriter::execute(LogState& log, FlushOp& op) {
  log.flushing = true;
  want_round(op.log.id, log, op.log);
}

void DirectoryWriter::want_round(const TopicPartitionId& id, LogState& log, const LogRef& ref) {
  log.ref = ref;
  waiting_.insert(id);
}

Status DirectoryWriter::remove_segments(LogState& log, const DeleteSegmentsOp& op) {
  for (const auto& files : op.segments) {
    log.segments.erase(files->base_offset);
    for (const char* suffix : {".log", ".index", ".timeindex", ".sum"}) {
      deferred_.erase(files->path(suffix));
      const std::string path = files->path(suffix);
      auto moved = files_.rename(path, path + ".deleted");
      if (moved) moved = files_.remove_file(path + ".deleted");
      if (!moved && moved.error().code != ErrorCode::kNotFound) return moved;
    }
    log.directory_unsynced = true;
  }
  for (const std::string& path : op.stale_files) RETURN_IF_ERROR(discard(path));
  return {};
}

bool DirectoryWriter::idle() const {
  return waiting_.empty() && !round_out_ && !checkpoint_out_;
}

void DirectoryWriter::fence(const Error& error) {
  if (fenced_) return;
  fenced_ =
      Error{error.code, "the log directory " + directory_ + " is out of use: " + error.message};
  events_.push_back(DirectoryFenced{*fenced_});
}

bool DirectoryWriter::check(const Status& status) {
  if (!status) fence(status.error());
  return status.has_value();
}

}  // namespace millrace::storage
