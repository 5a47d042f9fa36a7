#include "storage/recovery.h"

#include <fmt/format.h>

#include <algorithm>

#include "storage/checkpoint_file.h"
#include "storage/segment_recovery.h"
#include "storage/whole_file.h"

namespace millrace::storage {

namespace {

constexpr std::size_t kNameDigits = 20;
constexpr std::string_view kDeletedSuffix = ".deleted";

std::optional<Offset> offset_in(std::string_view name, std::string_view suffix) {
  if (name.size() != kNameDigits + suffix.size() || name.substr(kNameDigits) != suffix)
    return std::nullopt;
  std::int64_t value = 0;
  for (const char digit : name.substr(0, kNameDigits)) {
    if (digit < '0' || digit > '9' || value > (INT64_MAX - 9) / 10) return std::nullopt;
    value = value * 10 + (digit - '0');
  }
  return Offset(value);
}

/// Everything below was promised to be there.
Offset acked_end_of(const RecoveryInput& input) {
  return std::max(input.recorded_end.value_or(Offset(0)), input.recovery_point.value_or(Offset(0)));
}

/// One directory being recovered.
class Recovery {
 public:
  Recovery(FileSystem& files, const RecoveryInput& input)
      : files_(files),
        input_(input),
        acked_end_(acked_end_of(input)),
        log_start_(input.log_start.value_or(Offset(0))),
        segment_(files, input, acked_end_) {
    state_.id = input.id;
    state_.directory = input.directory;
  }

  Result<LogState> run() {
    RETURN_IF_ERROR(list());
    RETURN_IF_ERROR(finish_deletions());
    RETURN_IF_ERROR(open_segments());
    RETURN_IF_ERROR(load_epochs());
    RETURN_IF_ERROR(read_segments());
    RETURN_IF_ERROR(ensure_active());
    check_ends();
    const Offset end = state_.segments.back().end_offset;
    state_.log_start =
        std::min(std::max(state_.segments.front().files->base_offset, log_start_), end);
    state_.epochs.cut_start(state_.log_start);
    state_.epochs.cut_end(end);
    RETURN_IF_ERROR(store_epochs());
    RETURN_IF_ERROR(drop_snapshots_above(end));
    RETURN_IF_ERROR(rebuild_producers(end));
    RETURN_IF_ERROR(files_.sync_directory(input_.directory));
    return std::move(state_);
  }

 private:
  [[nodiscard]] std::string in_directory(std::string_view name) const {
    return fmt::format("{}/{}", input_.directory, name);
  }
  SegmentFiles files_of(Offset base) const { return {input_.directory, base, nullptr}; }

  Status list() {
    ASSIGN_OR_RETURN(const auto names, files_.list(input_.directory));
    for (const std::string& name : names) {
      if (name.ends_with(kDeletedSuffix)) {
        RETURN_IF_ERROR(files_.remove_file(in_directory(name)));
      } else if (const auto base = offset_in(name, ".log")) {
        bases_.push_back(*base);
      } else if (const auto at = offset_in(name, ".snapshot")) {
        state_.snapshots.push_back(*at);
      }
    }
    std::sort(bases_.begin(), bases_.end());
    std::sort(state_.snapshots.begin(), state_.snapshots.end());
    return {};
  }

  /// Segments that lie below the log start as a whole were about to go; some of their files may be
  /// gone already.
  Status finish_deletions() {
    while (bases_.size() > 1 && bases_[1] <= log_start_) {
      RETURN_IF_ERROR(remove_segment(files_, files_of(bases_.front())));
      bases_.erase(bases_.begin());
    }
    return {};
  }

  Status open_segments() {
    for (const Offset base : bases_) {
      LogSegment segment;
      segment.files = std::make_shared<SegmentFiles>(files_of(base));
      ASSIGN_OR_RETURN(segment.files->log,
                       files_.open(segment.files->path(".log"), OpenMode::kReadWrite));
      ASSIGN_OR_RETURN(segment.bytes, segment.files->log->size());
      segment.end_offset = base;
      state_.segments.push_back(std::move(segment));
    }
    return {};
  }

  Status load_epochs() {
    ASSIGN_OR_RETURN(const auto bytes,
                     read_whole_file(files_, in_directory("leader-epoch-checkpoint")));
    if (!bytes) return {};
    // A file that does not parse is rebuilt as far as the batches that are read tell.
    if (auto entries = parse_epoch_checkpoint(as_text(*bytes)))
      state_.epochs = LeaderEpochCache::from(std::move(*entries));
    return {};
  }

  /// The segment that holds the recovery point.
  [[nodiscard]] std::size_t first_to_read() const {
    std::size_t first = 0;
    if (!input_.recovery_point) return first;
    while (first + 1 < state_.segments.size() && base_of(first + 1) <= *input_.recovery_point)
      ++first;
    return first;
  }
  [[nodiscard]] Offset base_of(std::size_t number) const {
    return state_.segments[number].files->base_offset;
  }

  Status read_segments() {
    const std::size_t first = first_to_read();
    for (std::size_t i = 0; i < state_.segments.size(); ++i) {
      LogSegment& segment = state_.segments[i];
      if (i < first) {
        ASSIGN_OR_RETURN(const bool trusted, segment_.trust(segment, base_of(i + 1)));
        if (trusted) continue;
      }
      const Offset from = i == first ? input_.recovery_point.value_or(Offset(0)) : Offset(0);
      ASSIGN_OR_RETURN(ScanEnd end, segment_.read(segment, from, state_.epochs));
      if (!end.fault) judge_neighbour(i, end);
      if (end.fault) return end_at(i, end);
      RETURN_IF_ERROR(segment_.settle(segment));
      const bool last = i + 1 == state_.segments.size();
      if (last) return segment_.drop_stale_index(segment, end);
      RETURN_IF_ERROR(segment_.save_index(segment));
      segment.index.reset();
    }
    return {};
  }

  /// A segment that is good in itself may still not reach its successor, or overlap it.
  void judge_neighbour(std::size_t number, ScanEnd& end) const {
    if (number + 1 == state_.segments.size()) return;
    if (end.next_offset < base_of(number + 1))
      end.fault = "records before the next segment are missing";
    if (end.next_offset > base_of(number + 1)) end.fault = "the next segment overlaps this one";
  }

  /// Segment `number` is good up to `end`: damage when the rest was acked, a torn end otherwise.
  Status end_at(std::size_t number, const ScanEnd& end) {
    LogSegment& segment = state_.segments[number];
    if (end.next_offset < acked_end_) {
      state_.damage =
          Damage{segment.files->path(".log"), end.position, end.next_offset, *end.fault};
      segment.bytes = end.position;
      state_.segments.resize(number + 1);
      return {};
    }
    if (end.unreadable) {
      return fail(ErrorCode::kIo, fmt::format("{} at byte {}: {}", segment.files->path(".log"),
                                              end.position, *end.fault));
    }
    // From the last on, so that an interrupted cut leaves a log that ends early, not one with a
    // hole.
    while (state_.segments.size() > number + 1) {
      RETURN_IF_ERROR(remove_segment(files_, *state_.segments.back().files));
      state_.segments.pop_back();
    }
    RETURN_IF_ERROR(segment_.cut(segment, end));
    return segment_.settle(segment);
  }

  /// There is always a segment to append to, and it reaches up to the log start.
  Status ensure_active() {
    if (state_.damage) return {};
    if (!state_.segments.empty() && state_.segments.back().end_offset >= log_start_) return {};
    // Nothing of what is there is above the log start.
    while (!state_.segments.empty()) {
      RETURN_IF_ERROR(remove_segment(files_, *state_.segments.back().files));
      state_.segments.pop_back();
    }
    LogSegment segment;
    segment.files = std::make_shared<SegmentFiles>(files_of(log_start_));
    ASSIGN_OR_RETURN(segment.files->log,
                     files_.open(segment.files->path(".log"), OpenMode::kCreateReadWrite));
    RETURN_IF_ERROR(files_.sync_directory(input_.directory));
    segment.end_offset = log_start_;
    segment.index = std::make_shared<SegmentIndex>();
    state_.epochs.cut_end(log_start_);
    state_.segments.push_back(std::move(segment));
    return {};
  }

  /// What was promised and is not there is damage too, however clean the files look.
  void check_ends() {
    if (state_.damage) return;
    const LogSegment& first = state_.segments.front();
    const LogSegment& last = state_.segments.back();
    if (first.files->base_offset > log_start_ && log_start_ < acked_end_) {
      state_.damage =
          Damage{first.files->path(".log"), 0, log_start_,
                 fmt::format("records from offset {} to {} were acknowledged and are missing",
                             log_start_.value(), first.files->base_offset.value() - 1)};
    } else if (last.end_offset < acked_end_) {
      state_.damage =
          Damage{last.files->path(".log"), last.bytes, last.end_offset,
                 fmt::format("records up to offset {} were acknowledged and are missing",
                             acked_end_.value() - 1)};
    }
  }

  /// The recovery point may move past the batches that the epochs were rebuilt from.
  Status store_epochs() {
    const std::string text = format_epoch_checkpoint(state_.epochs.entries());
    const std::string path = in_directory("leader-epoch-checkpoint");
    ASSIGN_OR_RETURN(const auto before, read_whole_file(files_, path));
    if (before ? as_text(*before) == text : state_.epochs.entries().empty()) return {};
    return replace_whole_file(files_, path, as_bytes(text));
  }

  /// A snapshot may have reached the disk before the records it speaks of. Records that take their
  /// place must not meet it.
  Status drop_snapshots_above(Offset end) {
    auto& snapshots = state_.snapshots;
    while (!state_.damage && !snapshots.empty() && snapshots.back() > end) {
      RETURN_IF_ERROR(files_.remove_file(snapshot_path(input_.directory, snapshots.back())));
      snapshots.pop_back();
    }
    return {};
  }

  Status rebuild_producers(Offset end) {
    ProducerReplay replay{
        input_.directory, state_.snapshots, {}, state_.log_start, end, input_.config.producers_max,
        input_.now};
    for (const LogSegment& segment : state_.segments)
      replay.segments.push_back({segment.files, segment.bytes, segment.index});
    ASSIGN_OR_RETURN(state_.producers, replay_producers(files_, replay));
    return {};
  }

  FileSystem& files_;
  const RecoveryInput& input_;
  const Offset acked_end_;
  const Offset log_start_;
  SegmentRecovery segment_;
  std::vector<Offset> bases_;
  LogState state_;
};

}  // namespace

Result<LogState> recover_log(FileSystem& files, const RecoveryInput& input) {
  return Recovery(files, input).run();
}

}  // namespace millrace::storage
