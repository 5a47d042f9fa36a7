#include "node/metadata_log/quorum_store.h"

#include <absl/strings/numbers.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/check.h"
#include "node/metadata_log/metadata_partition.h"
#include "node/metadata_log/planted.h"
#include "node/metadata_log/raft_entry.h"
#include "storage/recovery.h"
#include "storage/segment_recovery.h"
#include "storage/sum.h"
#include "storage/whole_file.h"

namespace millrace::node {
namespace {

constexpr const char* kIncoming = "/incoming-snapshot";
constexpr const char* kEpochFile = "/leader-epoch-checkpoint";
constexpr std::size_t kReadBytes = 1 << 20;
constexpr std::uint64_t kWholeFile = std::uint64_t{1} << 40;
/// Space that is made sure of at a time, and what has to be left of it.
constexpr std::uint64_t kReserveBytes = 1 << 20;
constexpr std::uint64_t kReserveBytesMin = kReserveBytes / 2;

storage::LogConfig config_of(const QuorumStore::Sizes& sizes) {
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

tl::unexpected<Error> damaged(const std::string& directory, const std::string& what) {
  return fail(ErrorCode::kCorrupt,
              fmt::format("{}: {}; nothing was touched, and this disk does not vote: take its vote "
                          "away (millrace quorum remove-voter) and start it with an empty "
                          "directory, or restore a backup",
                          directory, what));
}

/// The base offset of the first segment; nothing without segments.
Result<std::optional<Offset>> first_segment(storage::FileSystem& files,
                                            const std::string& directory) {
  ASSIGN_OR_RETURN(const auto names, files.list(directory));
  for (const auto& name : names) {
    std::int64_t base = 0;
    if (name.ends_with(".log") && absl::SimpleAtoi(name.substr(0, name.size() - 4), &base))
      return std::optional(Offset(base));  // names are sorted
  }
  return std::optional<Offset>();
}

raft::LogPosition position_of(const SnapshotId& id) {
  return {raft::Term(id.epoch.value()), id.end};
}
SnapshotId id_of(const raft::LogPosition& position) {
  return {position.end, LeaderEpoch(position.term.value())};
}

/// The terms of a log that begins at `start`, from what storage remembers of epochs.
std::vector<raft::TermHistory::Run> runs_of(const storage::Log& log, Offset start) {
  std::vector<raft::TermHistory::Run> runs;
  for (const auto& entry : log.epochs().entries()) {
    const raft::TermHistory::Run run{raft::Term(entry.epoch.value()),
                                     std::max(entry.start_offset, start)};
    if (run.first >= log.log_end()) break;
    if (!runs.empty() && runs.back().first == run.first) runs.pop_back();
    runs.push_back(run);
  }
  return runs;
}

}  // namespace

Status QuorumStore::form(storage::FileSystem& files, const std::string& log_dir,
                         const raft::VoterSet& voters, TimestampMs now) {
  const auto directory = log_dir + "/" + kMetadataLogDirectory;
  RETURN_IF_ERROR(ensure_directory(files, log_dir, directory));
  ASSIGN_OR_RETURN(const auto names, files.list(directory));
  if (!names.empty()) return fail(ErrorCode::kAlreadyExists, directory + " is not empty");
  return write_snapshot(files, directory, {Offset(0), LeaderEpoch(0)},
                        {voters, controller::MetadataImage::empty()}, now);
}

// --- Starting ---

Result<std::unique_ptr<QuorumStore>> QuorumStore::open(storage::FileSystem& files,
                                                       const std::string& log_dir, TimestampMs now,
                                                       const Sizes& sizes) {
  const auto directory = log_dir + "/" + kMetadataLogDirectory;
  RETURN_IF_ERROR(ensure_directory(files, log_dir, directory));
  ASSIGN_OR_RETURN(auto state, QuorumState::open(files, directory));
  std::unique_ptr<QuorumStore> store(new QuorumStore(files, directory, std::move(state), sizes));
  RETURN_IF_ERROR(store->recover(now));
  return store;
}

Status QuorumStore::recover(TimestampMs now) {
  RETURN_IF_ERROR(discard(directory_ + kIncoming));
  ASSIGN_OR_RETURN(const auto segment, first_segment(files_, directory_));
  const Offset first = segment.value_or(Offset(0));
  ASSIGN_OR_RETURN(const auto newest, find_snapshots(first));
  if (first > Offset(0) && !newest) {
    return damaged(directory_, fmt::format("the log begins at entry {} and no snapshot leads up "
                                           "to it",
                                           first.value()));
  }
  RETURN_IF_ERROR(open_log(first, now));
  found_.hard = state_.content().hard;
  image_ = newest ? newest->image : controller::MetadataImage::empty();
  if (newest) found_.snapshot = position_of(snapshots_.back());
  if (newest && !leads_up_to(snapshots_.back(), first)) {
    // A crash came between a snapshot from the leader and the end of the log that it replaces.
    RETURN_IF_ERROR(begin_anew(*found_.snapshot, now));
    const Offset end = found_.snapshot->end;
    found_.log = {*found_.snapshot, {}, end, raft::VoterHistory(newest->voters, end)};
    return {};
  }
  if (log_->log_end() < state_.content().installed_end) {
    return damaged(directory_,
                   fmt::format("the log ends at entry {} and the snapshot at {} is missing",
                               log_->log_end().value(), state_.content().installed_end.value()));
  }
  return find_entries();
}

/// Whether the log has what the snapshot contains last.
bool QuorumStore::leads_up_to(const SnapshotId& id, Offset first) const {
  if (id.end > log_->log_end()) return false;
  return id.end == first || log_->epochs().epoch_at(id.end - 1) == id.epoch;
}

/// Keeps in mind those that are whole and lead up to a log that begins at `first`. The result is
/// the newest of them.
Result<std::optional<Snapshot>> QuorumStore::find_snapshots(Offset first) {
  ASSIGN_OR_RETURN(const auto ids, list_snapshots(files_, directory_));
  std::optional<Snapshot> newest;
  bool any_damaged = false;
  for (const auto& id : ids) {
    if (id.end < first) continue;
    auto snapshot = read_snapshot(files_, directory_, id);
    if (!snapshot && snapshot.error().code != ErrorCode::kCorrupt) return fail(snapshot.error());
    any_damaged = any_damaged || !snapshot;
    if (!snapshot) continue;  // another one, or the leader, has the same
    snapshots_.push_back(id);
    newest = std::move(*snapshot);
  }
  // The log alone does not say who votes, even one that begins at the first entry.
  if (any_damaged && !newest) return damaged(directory_, kNoWholeSnapshot);
  return newest;
}

Status QuorumStore::open_log(Offset first, TimestampMs now) {
  storage::RecoveryInput input;
  input.id = metadata_partition();
  input.directory = directory_;
  input.config = config_of(sizes_);
  input.log_start = first;
  input.recorded_end = state_.content().durable_end;
  input.now = now;
  ASSIGN_OR_RETURN(auto state, storage::recover_log(files_, input));
  if (state.damage) {
    return damaged(directory_, fmt::format("byte {} of {} is damaged ({})", state.damage->position,
                                           state.damage->file, state.damage->what));
  }
  const Offset end = state.segments.back().end_offset;
  if (end < state_.content().durable_end) {
    return damaged(directory_, fmt::format("the log ends at entry {} and was synced up to {}",
                                           end.value(), state_.content().durable_end.value()));
  }
  // What a save began before the crash counts from now on, so it has to be durable.
  RETURN_IF_ERROR(state.segments.back().files->log->sync());
  active_ = state.segments.back().files->log;
  active_bytes_ = reserved_bytes_ = state.segments.back().bytes;
  log_.emplace(std::move(state), input.config);
  auto content = state_.content();
  if (log_->log_end() <= content.durable_end) return {};
  content.durable_end = log_->log_end();
  return state_.record(content);
}

/// What the log says from the oldest snapshot on.
Status QuorumStore::find_entries() {
  raft::LogPosition start{raft::Term(0), Offset(0)};
  raft::VoterSet voters;
  if (!snapshots_.empty()) {
    start = position_of(snapshots_.front());
    ASSIGN_OR_RETURN(auto oldest, read_snapshot(files_, directory_, snapshots_.front()));
    voters = std::move(oldest.voters);
  }
  raft::VoterHistory history(std::move(voters), start.end);
  for (Offset next = start.end; next < log_->log_end();) {
    ASSIGN_OR_RETURN(const auto entries, read(next, kReadBytes));
    for (const auto& entry : entries) {
      const auto* named = std::get_if<raft::VoterSet>(&entry.body);
      if (named != nullptr) history.append(entry.offset, *named);
    }
    next = entries.back().offset + 1;
  }
  found_.log = {start, runs_of(*log_, start.end), log_->log_end(), std::move(history)};
  return {};
}

// --- Saving ---

/// Only a restart may look at a disk that failed.
Status QuorumStore::noted(Status status) {
  if (!status && status.error().code != ErrorCode::kNoSpace) failed_ = status.error();
  return status;
}

Status QuorumStore::save(const raft::Save& save, TimestampMs now) {
  if (failed_) return fail(*failed_);
  return noted(carry_out(save, now));
}

Status QuorumStore::carry_out(const raft::Save& save, TimestampMs now) {
  auto content = state_.content();
  const auto term = content.hard.term;
  if (save.state) content.hard = *save.state;
  if (planted(Bug::kTermNotSaved) && save.state && save.entries.empty()) content.hard.term = term;
  if (save.truncate_to && *save.truncate_to < log_->log_end()) {
    // First the promise is taken back, or what a crash leaves of the cut would look like damage.
    content.durable_end = std::min(content.durable_end, *save.truncate_to);
    RETURN_IF_ERROR(state_.record(content));
    RETURN_IF_ERROR(truncate(*save.truncate_to, now));
  } else if (save.state && !save.entries.empty()) {
    // A log never holds a term that its replica does not know: a crash may leave the entries.
    RETURN_IF_ERROR(state_.record(content));
  }
  RETURN_IF_ERROR(append(save.entries, now));
  if (planted(Bug::kDurableEndEarly)) {
    content.durable_end = log_->log_end();
    RETURN_IF_ERROR(state_.record(content));
  }
  RETURN_IF_ERROR(sync());
  content.durable_end = log_->log_end();
  return content == state_.content() ? Status() : state_.record(content);
}

Status QuorumStore::reserve() {
  if (failed_) return fail(*failed_);
  if (reserved_bytes_ >= active_bytes_ + kReserveBytesMin) return {};
  RETURN_IF_ERROR(noted(active_->allocate(active_bytes_, kReserveBytes, true)));
  reserved_bytes_ = active_bytes_ + kReserveBytes;
  return {};
}

Status QuorumStore::append(const std::vector<raft::Entry>& entries, TimestampMs now) {
  const Offset before = log_->log_end();
  for (const auto& entry : entries) {
    CHECK_MSG(entry.offset == log_->log_end(), raft::describe(entry));
    const auto bytes = encode_entry(entry, now);
    ASSIGN_OR_RETURN(const auto header, kafka::parse_batch_header(bytes.view()));
    RETURN_IF_ERROR(
        log_->append({header, bytes}, LeaderEpoch(entry.term.value()), std::nullopt, now));
    const auto done = carry_out();
    if (done) continue;
    // All of a save happens, or nothing.
    if (done.error().code == ErrorCode::kNoSpace && log_->log_end() > before)
      RETURN_IF_ERROR(truncate(before, now));
    return done;
  }
  return {};
}

Status QuorumStore::truncate(Offset end, TimestampMs now) {
  const auto plan = log_->plan_truncate(end, now);
  ASSIGN_OR_RETURN(const auto cut, storage::locate_cut(files_, plan));
  CHECK(cut.end == end && log_->truncate(cut));
  return carry_out();
}

/// The file system commits together what is on its way to the disk when the first is synced.
Status QuorumStore::sync() {
  for (const auto& file : unsynced_) file->start_write_back(0, kWholeFile);
  for (const auto& file : std::exchange(unsynced_, {})) {
    if (!planted(Bug::kEntriesNotSynced)) RETURN_IF_ERROR(file->sync());
  }
  if (std::exchange(names_unsynced_, false) && !planted(Bug::kNamesNotSynced))
    RETURN_IF_ERROR(files_.sync_directory(directory_));
  return {};
}

Status QuorumStore::carry_out() {
  auto ops = log_->take_ops();
  for (auto& op : ops) {
    const auto ref = std::visit([](const auto& each) { return each.log; }, op);
    const auto status = std::visit([this](auto& each) { return execute(each); }, op);
    if (status) continue;
    if (status.error().code == ErrorCode::kNoSpace) {
      log_->on_write_failed({ref, status.error(), log_->written_end()});
      log_->resume();
    }
    return status;
  }
  return {};
}

Status QuorumStore::execute(storage::CreateSegmentOp& op) {
  ASSIGN_OR_RETURN(op.segment->log,
                   files_.open(op.segment->path(".log"), storage::OpenMode::kCreateReadWrite));
  names_unsynced_ = true;
  return {};
}

/// Entries have one offset each, so the place in the sum file follows from the offset.
Status QuorumStore::execute(storage::AppendOp& op) {
  ASSIGN_OR_RETURN(auto sums,
                   files_.open(op.segment->path(".sum"), storage::OpenMode::kCreateReadWrite));
  const auto number = static_cast<std::uint64_t>(op.end_offset - op.segment->base_offset) - 1;
  const auto sum = storage::encode_sums(op.sums);
  std::vector<ByteView> pieces;
  for (const auto& piece : op.bytes.pieces()) pieces.push_back(piece.view());
  auto written = op.segment->log->write_at(op.position, pieces);
  const std::array<ByteView, 1> sum_pieces{ByteView(sum)};
  if (written) written = sums->write_at(number * storage::kSumEntryBytes, sum_pieces);
  if (!written && written.error().code == ErrorCode::kNoSpace) {
    RETURN_IF_ERROR(op.segment->log->truncate(op.position));
    RETURN_IF_ERROR(sums->truncate(number * storage::kSumEntryBytes));
  }
  if (number == 0) names_unsynced_ = true;
  for (const auto& file : {op.segment->log, sums}) {
    if (std::find(unsynced_.begin(), unsynced_.end(), file) == unsynced_.end())
      unsynced_.push_back(file);
  }
  RETURN_IF_ERROR(written);
  if (std::exchange(active_, op.segment->log) != op.segment->log) reserved_bytes_ = 0;
  active_bytes_ = op.position + op.bytes.size();
  log_->on_written({op.log, op.end_offset});
  return {};
}

Status QuorumStore::execute(storage::SealSegmentOp& op) {
  RETURN_IF_ERROR(storage::replace_whole_file(files_, op.segment->path(".index"), op.offset_index));
  RETURN_IF_ERROR(
      storage::replace_whole_file(files_, op.segment->path(".timeindex"), op.time_index));
  log_->on_saved({op.log, op.segment->base_offset, op.size});
  return {};
}

/// Recovery reads every entry of this log and writes the file of their terms, so that no election
/// has to wait for it.
Status QuorumStore::execute(storage::ReplaceFileOp& op) {
  if (op.path == directory_ + kEpochFile) return {};
  return storage::replace_whole_file(files_, op.path, op.content);
}

/// The last segment goes first: whatever a crash leaves has no hole.
Status QuorumStore::execute(storage::TruncateOp& op) {
  for (auto files = op.removed.rbegin(); files != op.removed.rend(); ++files)
    RETURN_IF_ERROR(storage::remove_segment(files_, **files));
  for (const char* suffix : {".index", ".timeindex"})
    RETURN_IF_ERROR(discard(op.segment->path(suffix)));
  for (const auto& path : op.stale_files) RETURN_IF_ERROR(discard(path));
  RETURN_IF_ERROR(op.segment->log->truncate(op.size));
  RETURN_IF_ERROR(op.segment->log->sync());
  ASSIGN_OR_RETURN(const auto sums,
                   files_.open(op.segment->path(".sum"), storage::OpenMode::kCreateReadWrite));
  const auto entries = static_cast<std::uint64_t>(op.end_offset - op.segment->base_offset);
  RETURN_IF_ERROR(sums->truncate(entries * storage::kSumEntryBytes));
  RETURN_IF_ERROR(sums->sync());
  // Not replaced, which would need space where there may be none: recovery reads every entry.
  RETURN_IF_ERROR(discard(directory_ + kEpochFile));
  RETURN_IF_ERROR(files_.sync_directory(directory_));
  active_ = op.segment->log;
  active_bytes_ = reserved_bytes_ = op.size;  // the space behind it went too
  log_->on_truncated({op.log, op.end_offset});
  return {};
}

/// From the oldest on, so that a crash leaves no hole.
Status QuorumStore::execute(storage::DeleteSegmentsOp& op) {
  for (const auto& segment : op.segments)
    RETURN_IF_ERROR(storage::remove_segment(files_, *segment));
  for (const auto& path : op.stale_files) RETURN_IF_ERROR(discard(path));
  return {};
}

Status QuorumStore::execute(storage::FlushOp&) {
  return {};  // every save is synced
}

Status QuorumStore::discard(const std::string& path) {
  auto removed = files_.remove_file(path);
  if (!removed && removed.error().code != ErrorCode::kNotFound) return removed;
  return {};
}

// --- Snapshots ---

Result<std::optional<raft::SnapshotStored>> QuorumStore::save(const raft::SaveChunk& chunk,
                                                              TimestampMs now) {
  if (failed_) return fail(*failed_);
  RETURN_IF_ERROR(noted(keep_chunk(chunk)));
  if (!chunk.last) return std::optional<raft::SnapshotStored>();
  auto voters = install(chunk.id, now);
  if (!voters) {
    (void)noted(fail(voters.error())).has_value();
    return fail(voters.error());
  }
  return std::optional(raft::SnapshotStored{chunk.id, std::move(*voters)});
}

Status QuorumStore::keep_chunk(const raft::SaveChunk& chunk) {
  if (chunk.position == 0) {
    ASSIGN_OR_RETURN(incoming_,
                     files_.open(directory_ + kIncoming, storage::OpenMode::kCreateReadWrite));
    RETURN_IF_ERROR(incoming_->truncate(0));
  }
  const std::array<ByteView, 1> pieces{chunk.bytes.view()};
  return incoming_->write_at(chunk.position, pieces);
}

/// Nothing when the snapshot is not whole.
Result<std::optional<raft::VoterSet>> QuorumStore::install(raft::LogPosition id, TimestampMs now) {
  const auto path = directory_ + kIncoming;
  RETURN_IF_ERROR(std::exchange(incoming_, nullptr)->sync());
  auto snapshot = read_snapshot_file(files_, path, id_of(id));
  if (!snapshot) {
    if (snapshot.error().code != ErrorCode::kCorrupt) return fail(snapshot.error());
    RETURN_IF_ERROR(discard(path));
    return std::optional<raft::VoterSet>();
  }
  RETURN_IF_ERROR(files_.rename(path, directory_ + "/" + id_of(id).file_name()));
  RETURN_IF_ERROR(files_.sync_directory(directory_));
  snapshots_.push_back(id_of(id));
  RETURN_IF_ERROR(begin_anew(id, now));
  image_ = snapshot->image;
  return std::optional(std::move(snapshot->voters));
}

/// The snapshot at `at` is durable and takes the place of the log. May be interrupted anywhere: as
/// long as the log does not lead up to the snapshot, the next start goes on here.
Status QuorumStore::begin_anew(raft::LogPosition at, TimestampMs now) {
  auto content = state_.content();
  content.durable_end = Offset(0);
  content.installed_end = at.end;
  RETURN_IF_ERROR(state_.record(content));
  RETURN_IF_ERROR(remove_log());
  while (snapshots_.size() > 1) {
    RETURN_IF_ERROR(discard(directory_ + "/" + snapshots_.front().file_name()));
    snapshots_.erase(snapshots_.begin());
  }
  return open_log(at.end, now);
}

/// The last segment goes first: whatever a crash leaves has no hole.
Status QuorumStore::remove_log() {
  log_.reset();
  ASSIGN_OR_RETURN(auto names, files_.list(directory_));
  std::reverse(names.begin(), names.end());
  for (const auto& name : names) {
    const bool of_log = name.ends_with(".log") || name.ends_with(".sum") ||
                        name.ends_with(".index") || name.ends_with(".timeindex") ||
                        name.ends_with(".snapshot") || name == "leader-epoch-checkpoint";
    if (of_log) RETURN_IF_ERROR(files_.remove_file(directory_ + "/" + name));
  }
  return files_.sync_directory(directory_);
}

Result<raft::SnapshotTaken> QuorumStore::take_snapshot(const SnapshotId& id,
                                                       const Snapshot& snapshot, TimestampMs now) {
  if (failed_) return fail(*failed_);
  // Asked for before a newer one came in from the leader.
  if (!snapshots_.empty() && id.end <= snapshots_.back().end)
    return raft::SnapshotTaken{position_of(snapshots_.back()), position_of(snapshots_.front())};
  CHECK(id.end <= log_->log_end());
  RETURN_IF_ERROR(noted(write_snapshot(files_, directory_, id, snapshot, now)));
  snapshots_.push_back(id);
  RETURN_IF_ERROR(noted(remove_old_snapshots()));
  const auto start = snapshots_.front();
  log_->delete_records(start.end);
  RETURN_IF_ERROR(noted(carry_out()));
  return raft::SnapshotTaken{position_of(id), position_of(start)};
}

Status QuorumStore::remove_old_snapshots() {
  while (snapshots_.size() > sizes_.snapshots_kept) {
    RETURN_IF_ERROR(files_.remove_file(directory_ + "/" + snapshots_.front().file_name()));
    snapshots_.erase(snapshots_.begin());
  }
  return {};
}

// --- Reading ---

Result<std::vector<raft::Entry>> QuorumStore::read(Offset from, std::size_t bytes_max) {
  std::vector<raft::Entry> entries;
  if (from < log_->log_start()) return entries;
  ASSIGN_OR_RETURN(const auto plan, log_->plan_read(from, log_->log_end(), bytes_max));
  if (!plan) return entries;
  ASSIGN_OR_RETURN(const auto result, storage::read_now(files_, *plan));
  if (result.loaded) log_->install(*plan, result.loaded);
  auto rest = SharedBytes::own(result.bytes.flatten());
  for (Offset offset = from; !rest.empty(); ++offset) {
    ASSIGN_OR_RETURN(auto decoded, decode_entry(offset, rest));
    entries.push_back(std::move(decoded.entry));
    rest = rest.slice(decoded.batch_bytes);
  }
  return entries;
}

Result<raft::ChunkRead> QuorumStore::read(const raft::ReadChunk& request) {
  raft::ChunkRead read{request.follower, request.id, request.position, false, {}, false};
  const auto file =
      files_.open(directory_ + "/" + id_of(request.id).file_name(), storage::OpenMode::kRead);
  if (!file && file.error().code == ErrorCode::kNotFound) return read;
  if (!file) return fail(file.error());
  ASSIGN_OR_RETURN(const auto size, (*file)->size());
  if (request.position > size) return read;
  std::vector<std::uint8_t> bytes(
      std::min<std::uint64_t>(request.bytes_max, size - request.position));
  ASSIGN_OR_RETURN(const auto got, (*file)->read_at(request.position, bytes));
  bytes.resize(got);
  read.found = true;
  read.bytes = SharedBytes::own(std::move(bytes));
  read.last = request.position + got == size;
  return read;
}

}  // namespace millrace::node
