#include <algorithm>
#include <array>

#include "storage/directory_writer.h"
#include "storage/sum.h"
#include "storage/whole_file.h"

/// The two jobs that a DirectoryWriter gives to the I/O pool: commit rounds and checkpoints.
namespace millrace::storage {

namespace {

constexpr const char* kRecoveryPointFile = "/recovery-point-offset-checkpoint";
constexpr const char* kLogStartFile = "/log-start-offset-checkpoint";
/// A checkpoint begins when the journal file in use is this full and the other one is not free yet:
/// soon after the turn, so that the rounds have nearly a whole file to go on with meanwhile.
constexpr double kCheckpointFill = 0.05;
/// ... or when so many small files wait for one.
constexpr std::size_t kDeferredFilesMax = 8192;

}  // namespace

struct DirectoryWriter::RoundLog {
  LogRef ref;
  Offset end;
  std::optional<TruncateOp> truncation;
  std::vector<DeleteSegmentsOp> deletions;
};

class DirectoryWriter::Round final : public CommitRound {
 public:
  Round(FileSystem& files, Journal& journal) : files_(files), journal_(journal) {}

  void run(const RunAll& run_all) override {
    Steps steps;
    for (const auto& file : sync_files) steps.add([file] { return file->sync(); });
    for (const auto& path : sync_directories)
      steps.add([this, path] { return files_.sync_directory(path); });
    status = steps.run(run_all);
    if (status) status = journal_.append(record);
  }

  std::vector<RoundLog> logs;
  std::vector<std::shared_ptr<File>> sync_files;
  std::vector<std::string> sync_directories;
  JournalRecord record;
  Status status;

 private:
  FileSystem& files_;
  Journal& journal_;
};

std::unique_ptr<CommitRound> DirectoryWriter::start_round() {
  if (round_out_ || fenced_ || waiting_.empty()) return nullptr;
  // Enough for the smallest journal to take a round into each half.
  const std::uint64_t budget = std::min(kJournalRoundBytesMax, journal_.record_bytes_max() / 2);
  auto round = std::make_unique<Round>(files_, journal_);
  std::uint64_t journal_bytes_used = 0;
  std::vector<TopicPartitionId> taken;
  for (const TopicPartitionId& id : waiting_) {
    LogState& log = logs_.at(id);
    // What a checkpoint took along is not saved before it is done: a flush has to wait for it.
    if (log.flushing && checkpoint_out_) continue;
    const bool through_journal = !log.flushing && log.pending_bytes <= kJournalBytesPerFileMax &&
                                 journal_bytes_used + log.pending_bytes <= budget;
    // What else a log puts into the record: its sums; a round too large for the journal leaves the
    // rest.
    std::uint64_t sums_bytes = 0;
    for (const auto& sums : log.pending.sums)
      sums_bytes += 64 + sums.entries.size() * kSumEntryBytes;
    const std::uint64_t cost = sums_bytes + 512 + (through_journal ? log.pending_bytes : 0);
    if (!taken.empty() && journal_bytes_used + cost > budget) break;
    journal_bytes_used += cost;
    taken.push_back(id);
    JournalRecord& into = round->record;
    const auto move_into = [](auto& to, auto& from) {
      to.insert(to.end(), std::make_move_iterator(from.begin()),
                std::make_move_iterator(from.end()));
      from.clear();
    };
    move_into(into.cuts, log.pending.cuts);
    move_into(into.starts, log.pending.starts);
    move_into(into.sums, log.pending.sums);
    // What was written in memory durability is not synced by a round that nobody asked for it.
    const Offset end = log.flushing || !log.written_unasked ? log.written_end : log.durable_end;
    into.ends.push_back({id, end});
    if (through_journal) move_into(into.extents, log.pending.extents);
    if (log.flushing) take_everything(id, log, *round);
    if (!through_journal) {
      for (const Offset base : log.dirty) {
        if (const auto found = log.segments.find(base); found != log.segments.end()) {
          round->sync_files.push_back(found->second.files->log);
        }
      }
      if (std::exchange(log.new_files, false)) round->sync_directories.push_back(log.directory);
    }
    round->logs.push_back({log.ref, end, std::exchange(log.truncation, std::nullopt),
                           std::exchange(log.deletions, {})});
  }
  if (taken.empty()) return nullptr;
  if (!journal_.has_room(journal_bytes(round->record))) {
    give_back(*round);
    journal_full_ = true;
    return nullptr;
  }
  for (const TopicPartitionId& id : taken) {
    LogState& log = logs_.at(id);
    log.pending = {};
    log.pending_bytes = 0;
    if (std::exchange(log.flushing, false)) log.written_unasked = false;
    log.dirty.clear();
    waiting_.erase(id);
  }
  if (!round->record.extents.empty()) ++counters_.journal_rounds;
  counters_.journal_bytes += journal_bytes(round->record);
  round_out_ = true;
  return round;
}

/// The record of a flush names an end: it brings the sums of everything below, and the round syncs
/// it. What a truncation in the same round cuts is not part of it: its sums would be taken for
/// those of the batches that come in its place.
void DirectoryWriter::take_everything(const TopicPartitionId& id, LogState& log, Round& round) {
  const auto is_cut = [&](Offset base, const SumEntry& entry) {
    if (!log.truncation) return false;
    const Offset cut_base = log.truncation->segment->base_offset;
    return base > cut_base || (base == cut_base && entry.position >= log.truncation->size);
  };
  for (auto& [base, state] : log.segments) {
    if (state.unsynced && state.files->log) round.sync_files.push_back(state.files->log);
    std::vector<SumEntry> sums = state.unsaved_sums;
    std::erase_if(sums, [&](const SumEntry& entry) { return is_cut(base, entry); });
    if (!sums.empty()) round.record.sums.push_back({id, base, std::move(sums)});
  }
}

void DirectoryWriter::give_back(Round& round) {
  // Everything goes back to the log it came from; the order within a log is kept.
  for (auto& cut : round.record.cuts) logs_.at(cut.id).pending.cuts.push_back(cut);
  for (auto& start : round.record.starts) logs_.at(start.id).pending.starts.push_back(start);
  for (auto& extent : round.record.extents)
    logs_.at(extent.id).pending.extents.push_back(std::move(extent));
  for (auto& sums : round.record.sums) logs_.at(sums.id).pending.sums.push_back(std::move(sums));
  for (auto& log : round.logs) {
    logs_.at(log.ref.id).deletions = std::move(log.deletions);
    logs_.at(log.ref.id).truncation = std::move(log.truncation);
    if (!round.sync_directories.empty()) logs_.at(log.ref.id).new_files = true;
  }
}

void DirectoryWriter::finish_round(std::unique_ptr<CommitRound> done) {
  auto& round = static_cast<Round&>(*done);
  round_out_ = false;
  ++counters_.rounds;
  if (!check(round.status)) return;
  for (RoundLog& each : round.logs) {
    const auto found = logs_.find(each.ref.id);
    if (found == logs_.end()) continue;
    LogState& log = found->second;
    // A cut that came while the round was out took back part of what it made durable.
    log.durable_end = std::max(log.durable_end, std::min(each.end, log.written_end));
    for (auto& deletion : each.deletions) deletions_.push_back(std::move(deletion));
    if (each.truncation) cuts_.push_back(std::move(*each.truncation));
    events_.push_back(LogDurable{each.ref, std::min(each.end, log.written_end)});
  }
  change_files();
}

class DirectoryWriter::CheckpointJob final : public Checkpoint {
 public:
  struct Part {
    TopicPartitionId id;
    std::shared_ptr<SegmentFiles> files;
    std::vector<SumEntry> sums;
    std::optional<std::uint64_t> sealed_at;
    std::uint64_t written_to = 0;
    // While the job runs:
    std::shared_ptr<File> sum_file = nullptr;
    std::uint64_t sums_at = 0;  // size of the sum file before
  };

  explicit CheckpointJob(FileSystem& files) : files_(files) {}

  /// Writes everything before it syncs anything: write-back that has begun for all files takes half
  /// the time of one after the other, because the file system commits them together.
  void run(const RunAll& run_all) override {
    status = write_and_sync(run_all);
    if (!status && status.error().code == ErrorCode::kNoSpace) {
      if (const auto undone = take_back_sums(); !undone) status = undone;
    }
  }

  std::vector<Part> parts;
  std::map<std::string, std::vector<std::uint8_t>> deferred;
  std::set<std::string> directories;
  std::map<TopicPartitionId, Offset> synced_ends;
  std::uint64_t filling = 0;
  Status status;

 private:
  Status write_and_sync(const RunAll& run_all) {
    Steps writes;
    for (Part& part : parts) writes.add([this, &part] { return write(part); });
    RETURN_IF_ERROR(writes.run(run_all));
    Steps syncs;
    for (const Part& part : parts) syncs.add([&part] { return sync(part); });
    for (const auto& [path, content] : deferred) {
      syncs.add([this, &path = path, &content = content] {
        return replace_whole_file(files_, path, content);
      });
    }
    RETURN_IF_ERROR(syncs.run(run_all));
    for (const Part& part : parts) {
      if (part.sum_file && part.sums_at == 0) directories.insert(part.files->directory);
    }
    Steps names;
    for (const std::string& path : directories)
      names.add([this, path] { return files_.sync_directory(path); });
    return names.run(run_all);
  }

  Status write(Part& part) {
    part.files->log->start_write_back(0, part.written_to);
    if (part.sums.empty()) return {};
    ASSIGN_OR_RETURN(part.sum_file,
                     files_.open(part.files->path(".sum"), OpenMode::kCreateReadWrite));
    ASSIGN_OR_RETURN(part.sums_at, part.sum_file->size());
    const auto bytes = encode_sums(part.sums);
    const std::array<ByteView, 1> pieces{bytes};
    RETURN_IF_ERROR(part.sum_file->write_at(part.sums_at, pieces));
    part.sum_file->start_write_back(part.sums_at, bytes.size());
    return {};
  }

  /// The next checkpoint writes them again, and a sum file has each entry once. Synced, or a log
  /// that is cut before then could find its old entries after a power cut.
  Status take_back_sums() {
    for (const Part& part : parts) {
      if (!part.sum_file) continue;
      RETURN_IF_ERROR(part.sum_file->truncate(part.sums_at));
      RETURN_IF_ERROR(part.sum_file->sync());
    }
    return {};
  }

  static Status sync(const Part& part) {
    if (part.sum_file) RETURN_IF_ERROR(part.sum_file->sync());
    return part.files->log->sync();
  }

  FileSystem& files_;
};

bool DirectoryWriter::wants_checkpoint() const {
  if (checkpoint_out_ || fenced_) return false;
  const bool low = journal_.fill() > kCheckpointFill && !journal_.other_is_free();
  const bool much = counters_.bytes_written - bytes_checkpointed_ >= kCheckpointEveryBytes;
  return journal_full_ || low || much || deferred_.size() > kDeferredFilesMax;
}

std::unique_ptr<Checkpoint> DirectoryWriter::start_checkpoint() {
  if (checkpoint_out_ || fenced_) return nullptr;
  auto job = std::make_unique<CheckpointJob>(files_);
  job->filling = journal_.filling();
  job->deferred = std::exchange(deferred_, {});
  for (auto& [id, log] : logs_) {
    for (auto& [base, state] : log.segments) {
      if (!state.unsynced && state.unsaved_sums.empty()) continue;
      if (!state.files->log) continue;
      job->parts.push_back({id, state.files, std::exchange(state.unsaved_sums, {}),
                            std::exchange(state.sealed_at, std::nullopt), state.written_to});
      state.unsynced = false;
    }
    if (std::exchange(log.directory_unsynced, false)) job->directories.insert(log.directory);
    job->synced_ends[id] = log.written_end;
  }
  bytes_checkpointed_ = counters_.bytes_written;
  checkpoint_out_ = true;
  return job;
}

void DirectoryWriter::finish_checkpoint(std::unique_ptr<Checkpoint> done) {
  checkpoint_out_ = false;
  ++counters_.checkpoints;
  settle(static_cast<CheckpointJob&>(*done));
  change_files();
}

void DirectoryWriter::settle(CheckpointJob& job) {
  if (!job.status) {
    if (job.status.error().code != ErrorCode::kNoSpace) return fence(job.status.error());
    return take_back(job);
  }
  for (const auto& part : job.parts) {
    const auto found = logs_.find(part.id);
    if (found == logs_.end() || !part.sealed_at) continue;
    events_.push_back(SegmentSaved{found->second.ref, part.files->base_offset, *part.sealed_at});
  }
  for (const auto& [id, end] : job.synced_ends) {
    const auto found = logs_.find(id);
    if (found != logs_.end())
      found->second.checkpointed_end = std::min(end, found->second.written_end);
  }
  const auto written = write_checkpoints();
  if (!written && written.error().code == ErrorCode::kNoSpace) return;  // the next one tries again
  if (!check(written)) return;
  journal_.release_before(job.filling);
  journal_full_ = false;
}

/// No space for sums or indexes: they wait in memory for the next checkpoint, and so does the
/// journal.
void DirectoryWriter::take_back(CheckpointJob& job) {
  for (auto& [path, content] : job.deferred) deferred_.try_emplace(path, std::move(content));
  for (auto& part : job.parts) {
    const auto log = logs_.find(part.id);
    if (log == logs_.end()) continue;
    const auto state = log->second.segments.find(part.files->base_offset);
    if (state == log->second.segments.end()) continue;
    state->second.unsynced = true;
    if (!state->second.sealed_at) state->second.sealed_at = part.sealed_at;
    auto& sums = state->second.unsaved_sums;
    sums.insert(sums.begin(), part.sums.begin(), part.sums.end());
    log->second.directory_unsynced = true;
  }
}

Status DirectoryWriter::write_checkpoints() {
  std::vector<OffsetCheckpointEntry> ends;
  std::vector<OffsetCheckpointEntry> starts;
  for (const auto& [id, log] : logs_) {
    ends.push_back({log.topic, id.partition, log.checkpointed_end});
    if (log.log_start > Offset(0)) starts.push_back({log.topic, id.partition, log.log_start});
  }
  const auto write = [&](const char* name, const std::vector<OffsetCheckpointEntry>& entries) {
    return replace_whole_file(files_, directory_ + name,
                              as_bytes(format_offset_checkpoint(entries)));
  };
  RETURN_IF_ERROR(write(kRecoveryPointFile, ends));
  return write(kLogStartFile, starts);
}

}  // namespace millrace::storage
