#include "storage/recovery.h"

#include <fmt/format.h>

#include <algorithm>

#include "storage/checkpoint_file.h"
#include "storage/segment_scan.h"
#include "storage/sum.h"
#include "storage/whole_file.h"

namespace millrace::storage {

namespace {

constexpr std::size_t kNameDigits = 20;
constexpr std::string_view kDeletedSuffix = ".deleted";

std::optional<Offset> base_offset_of(std::string_view name, std::string_view suffix) {
  if (name.size() != kNameDigits + suffix.size() || name.substr(kNameDigits) != suffix)
    return std::nullopt;
  std::int64_t value = 0;
  for (const char digit : name.substr(0, kNameDigits)) {
    if (digit < '0' || digit > '9') return std::nullopt;
    value = value * 10 + (digit - '0');
  }
  return value < 0 ? std::nullopt : std::optional(Offset(value));
}

using Bytes = std::vector<std::uint8_t>;

/// One directory being recovered.
class Recovery {
 public:
  Recovery(FileSystem& files, const RecoveryInput& input) : files_(files), input_(input) {
    state_.id = input.id;
    state_.directory = input.directory;
    state_.producers = ProducerState(input.config.producers_max);
  }

  Result<LogState> run() {
    RETURN_IF_ERROR(list());
    RETURN_IF_ERROR(open_segments());
    RETURN_IF_ERROR(load_epochs());
    RETURN_IF_ERROR(read_segments());
    RETURN_IF_ERROR(drop_below_log_start());
    RETURN_IF_ERROR(ensure_active());
    check_end();
    state_.log_start =
        std::max(state_.segments.front().files->base_offset, input_.log_start.value_or(Offset(0)));
    state_.log_start = std::min(state_.log_start, state_.segments.back().end_offset);
    state_.epochs.cut_start(state_.log_start);
    state_.epochs.cut_end(state_.segments.back().end_offset);
    RETURN_IF_ERROR(rebuild_producers());
    return std::move(state_);
  }

 private:
  [[nodiscard]] std::string in_directory(std::string_view name) const {
    return fmt::format("{}/{}", input_.directory, name);
  }
  [[nodiscard]] bool acked(Offset offset) const {
    return input_.recorded_end && offset < *input_.recorded_end;
  }

  /// Finishes deletions that were under way, and finds the segments and snapshots.
  Status list() {
    ASSIGN_OR_RETURN(const auto names, files_.list(input_.directory));
    bool removed = false;
    for (const std::string& name : names) {
      if (name.ends_with(kDeletedSuffix)) {
        RETURN_IF_ERROR(files_.remove_file(in_directory(name)));
        removed = true;
      } else if (const auto base = base_offset_of(name, ".log")) {
        bases_.push_back(*base);
      } else if (const auto at = base_offset_of(name, ".snapshot")) {
        snapshots_.push_back(*at);
      }
    }
    return removed ? files_.sync_directory(input_.directory) : Status();
  }

  Status open_segments() {
    for (const Offset base : bases_) {
      LogSegment segment;
      segment.files = std::make_shared<SegmentFiles>(SegmentFiles{input_.directory, base, nullptr});
      ASSIGN_OR_RETURN(segment.files->log,
                       files_.open(segment.files->path(".log"), OpenMode::kReadWrite));
      ASSIGN_OR_RETURN(segment.bytes, segment.files->log->size());
      segment.end_offset = base;
      // A roll that never got its first record leaves an empty file that a later roll did not use.
      if (!state_.segments.empty() && state_.segments.back().bytes == 0) {
        RETURN_IF_ERROR(remove_segment(*state_.segments.back().files));
        state_.segments.pop_back();
      }
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

  /// The first segment that has to be read: the one that holds the recovery point.
  [[nodiscard]] std::size_t first_to_read() const {
    if (!input_.recovery_point) return 0;
    std::size_t first = 0;
    while (first + 1 < state_.segments.size() &&
           state_.segments[first + 1].files->base_offset <= *input_.recovery_point)
      ++first;
    return first;
  }

  Status read_segments() {
    const std::size_t first = first_to_read();
    for (std::size_t i = 0; i < state_.segments.size(); ++i) {
      LogSegment& segment = state_.segments[i];
      const bool last = i + 1 == state_.segments.size();
      const Offset next_base = last ? kNoOffset : state_.segments[i + 1].files->base_offset;
      ASSIGN_OR_RETURN(const bool trusted,
                       i < first ? trust(segment, next_base) : Result<bool>(false));
      if (trusted) continue;
      const Offset from = i == first ? input_.recovery_point.value_or(Offset(0)) : Offset(0);
      ASSIGN_OR_RETURN(std::optional<ScanEnd> stopped, read_segment(segment, from));
      if (!stopped && !last && segment.end_offset < next_base) {
        stopped = ScanEnd{segment.bytes, segment.end_offset,
                          "records before the next segment are missing"};
      }
      if (!stopped && !last && segment.end_offset > next_base) {
        RETURN_IF_ERROR(drop_empty_after(i));
        continue;
      }
      if (stopped) return end_at(i, *stopped);
      if (!last) segment.index.reset();
    }
    return {};
  }

  /// An empty last segment that begins inside its predecessor is what a failed roll left.
  Status drop_empty_after(std::size_t i) {
    if (i + 2 != state_.segments.size() || state_.segments[i + 1].bytes != 0) {
      return end_at(i, ScanEnd{state_.segments[i].bytes, state_.segments[i].end_offset,
                               "the next segment overlaps this one"});
    }
    RETURN_IF_ERROR(remove_segment(*state_.segments[i + 1].files));
    state_.segments.pop_back();
    return {};
  }

  /// Below the recovery point nothing is read but the end of the time index. False when index files
  /// are missing, so that the segment has to be read after all.
  Result<bool> trust(LogSegment& segment, Offset next_base) {
    for (const char* suffix : {".index", ".timeindex", ".sum"}) {
      ASSIGN_OR_RETURN(const bool there, files_.exists(segment.files->path(suffix)));
      if (!there) return false;
    }
    ASSIGN_OR_RETURN(const auto times, read_whole_file(files_, segment.files->path(".timeindex")));
    const SegmentIndex index = SegmentIndex::decode({}, *times, {}, segment.bytes);
    take_max_timestamp(segment, index);
    segment.end_offset = next_base;
    return true;
  }

  static void take_max_timestamp(LogSegment& segment, const SegmentIndex& index) {
    if (index.times().empty()) return;
    segment.max_timestamp = index.times().back().timestamp;
    segment.max_timestamp_offset =
        segment.files->base_offset + index.times().back().relative_offset;
  }

  /// Reads a segment from the batch at or before `from` on, and rebuilds its index from there.
  /// Returns where it stopped if that is not the end of the file.
  Result<std::optional<ScanEnd>> read_segment(LogSegment& segment, Offset from) {
    ASSIGN_OR_RETURN(const auto offsets, read_whole_file(files_, segment.files->path(".index")));
    ASSIGN_OR_RETURN(const auto times, read_whole_file(files_, segment.files->path(".timeindex")));
    ASSIGN_OR_RETURN(const auto sums, read_whole_file(files_, segment.files->path(".sum")));
    const SegmentIndex old = SegmentIndex::decode(
        offsets.value_or(Bytes()), times.value_or(Bytes()), sums.value_or(Bytes()), segment.bytes);
    const Offset base = segment.files->base_offset;
    std::uint64_t position =
        from > base ? old.floor_position(static_cast<std::uint32_t>(from - base)) : 0;
    ASSIGN_OR_RETURN(ScanEnd end, scan(segment, old, position));
    if (end.fault && end.position == position && position > 0) {
      ASSIGN_OR_RETURN(end, scan(segment, old, 0));  // the index was wrong, not the segment
    }
    segment.end_offset = end.next_offset;
    const std::uint64_t good = end.position;
    if (!end.fault) {
      RETURN_IF_ERROR(store_sums(segment, sums));
      return std::optional<ScanEnd>();
    }
    CHECK(good <= segment.bytes);
    return std::optional(end);
  }

  Result<ScanEnd> scan(LogSegment& segment, const SegmentIndex& old, std::uint64_t position) {
    const Offset base = segment.files->base_offset;
    auto index = std::make_shared<SegmentIndex>(old);
    index->cut(old.relative_offset_at(position), position);
    segment.max_timestamp = kNoTimestamp;
    take_max_timestamp(segment, *index);
    segment.bytes_since_entry = 0;
    segment.end_offset = base;
    SegmentScan walk{input_.id, *segment.files->log, position, segment.bytes, base, old.sums()};
    const auto end =
        walk.run([&](const kafka::BatchHeader& header, std::uint64_t at, std::uint32_t sum) {
          index_scanned(segment, *index, header, static_cast<std::uint32_t>(at), sum);
        });
    segment.index = std::move(index);
    return end;
  }

  void index_scanned(LogSegment& segment, SegmentIndex& index, const kafka::BatchHeader& header,
                     std::uint32_t at, std::uint32_t sum) {
    const Offset base = segment.files->base_offset;
    if (header.max_timestamp > segment.max_timestamp) {
      segment.max_timestamp = header.max_timestamp;
      segment.max_timestamp_offset = header.last_offset();
    }
    if (segment.bytes_since_entry > input_.config.index_interval_bytes) {
      index.add_offset({static_cast<std::uint32_t>(header.last_offset() - base), at});
      index.add_time(
          {segment.max_timestamp, static_cast<std::uint32_t>(segment.max_timestamp_offset - base)});
      segment.bytes_since_entry = 0;
    }
    segment.bytes_since_entry += static_cast<std::uint32_t>(header.total_bytes());
    index.add_sum({at, sum});
    state_.epochs.assign(header.leader_epoch, header.base_offset);
    if (segment.first_append == kNoTimestamp) segment.first_append = input_.now;
  }

  /// The sum file holds exactly the batches of its segment from here on: the writer appends to it.
  Status store_sums(const LogSegment& segment, const std::optional<Bytes>& before) {
    const Bytes wanted = encode_sums(segment.index->sums());
    if (before && *before == wanted) return {};
    return replace_whole_file(files_, segment.files->path(".sum"), wanted);
  }

  /// Segment `number` is good up to `end`: damage when the rest was acked, a torn end otherwise.
  Status end_at(std::size_t number, const ScanEnd& end) {
    LogSegment& segment = state_.segments[number];
    if (acked(end.next_offset)) {
      state_.damage =
          Damage{segment.files->path(".log"), end.position, end.next_offset, *end.fault};
      segment.bytes = end.position;
      state_.segments.resize(number + 1);
      return {};
    }
    for (std::size_t i = number + 1; i < state_.segments.size(); ++i) {
      RETURN_IF_ERROR(remove_segment(*state_.segments[i].files));
    }
    state_.segments.resize(number + 1);
    RETURN_IF_ERROR(segment.files->log->truncate(end.position));
    RETURN_IF_ERROR(segment.files->log->sync());
    segment.bytes = end.position;
    if (segment.index == nullptr) segment.index = std::make_shared<SegmentIndex>();
    segment.index->cut(static_cast<std::uint32_t>(end.next_offset - segment.files->base_offset),
                       end.position);
    return store_sums(segment, std::nullopt);
  }

  Status remove_segment(const SegmentFiles& segment) {
    for (const char* suffix : {".log", ".index", ".timeindex", ".sum"}) {
      const auto removed = files_.remove_file(segment.path(suffix));
      if (!removed && removed.error().code != ErrorCode::kNotFound) return removed;
    }
    return files_.sync_directory(input_.directory);
  }

  Status drop_below_log_start() {
    while (input_.log_start && state_.segments.size() > 1 &&
           state_.segments.front().end_offset <= *input_.log_start) {
      RETURN_IF_ERROR(remove_segment(*state_.segments.front().files));
      state_.segments.erase(state_.segments.begin());
    }
    return {};
  }

  Status ensure_active() {
    if (state_.segments.empty()) {
      LogSegment segment;
      const Offset base = input_.log_start.value_or(Offset(0));
      segment.files = std::make_shared<SegmentFiles>(SegmentFiles{input_.directory, base, nullptr});
      ASSIGN_OR_RETURN(segment.files->log,
                       files_.open(segment.files->path(".log"), OpenMode::kCreateReadWrite));
      RETURN_IF_ERROR(files_.sync_directory(input_.directory));
      segment.end_offset = base;
      state_.segments.push_back(std::move(segment));
    }
    LogSegment& active = state_.segments.back();
    if (active.index == nullptr) active.index = std::make_shared<SegmentIndex>();
    // Everything was deleted up to an offset that no segment reaches any more.
    if (!state_.damage && input_.log_start && active.end_offset < *input_.log_start &&
        active.bytes == 0 && state_.segments.size() == 1) {
      active.files->base_offset = active.end_offset = *input_.log_start;
      ASSIGN_OR_RETURN(active.files->log,
                       files_.open(active.files->path(".log"), OpenMode::kCreateReadWrite));
      RETURN_IF_ERROR(files_.sync_directory(input_.directory));
    }
    return {};
  }

  /// What was recorded as durable and is not there is damage too, however clean the files look.
  void check_end() {
    const LogSegment& active = state_.segments.back();
    if (state_.damage || !acked(active.end_offset)) return;
    state_.damage = Damage{active.files->path(".log"), active.bytes, active.end_offset,
                           fmt::format("records up to offset {} were acknowledged and are missing",
                                       input_.recorded_end->value())};
  }

  /// The newest snapshot at or below the end, and every batch after it.
  Status rebuild_producers() {
    const Offset end = state_.segments.back().end_offset;
    Offset from = state_.log_start;
    for (auto at = snapshots_.rbegin(); at != snapshots_.rend(); ++at) {
      if (*at > end || *at < from) continue;
      ASSIGN_OR_RETURN(const auto bytes,
                       read_whole_file(files_, fmt::format("{}/{:020}.snapshot", input_.directory,
                                                           at->value())));
      auto snapshot =
          decode_producer_snapshot(bytes.value_or(Bytes()), input_.config.producers_max);
      if (!snapshot) continue;  // an older one, or the whole log, will do
      for (const auto& [id, entry] : snapshot->producers()) {
        ProducerEntry seen = entry;
        seen.last_seen = input_.now;
        state_.producers.restore(id, std::move(seen));
      }
      from = *at;
      break;
    }
    for (const LogSegment& segment : state_.segments) {
      if (segment.end_offset > from) RETURN_IF_ERROR(replay_producers(segment, from));
    }
    return {};
  }

  /// Reads batch headers alone.
  Status replay_producers(const LogSegment& segment, Offset from) {
    std::vector<std::uint8_t> bytes(kafka::kBatchHeaderBytes);
    std::uint64_t position = 0;
    if (segment.index && from > segment.files->base_offset) {
      position = segment.index->floor_position(
          static_cast<std::uint32_t>(from - segment.files->base_offset));
    }
    while (position + bytes.size() <= segment.bytes) {
      ASSIGN_OR_RETURN(const auto got, segment.files->log->read_at(position, bytes));
      if (got < bytes.size()) break;
      const kafka::BatchHeader header = kafka::read_batch_header(bytes);
      if (header.batch_length < 0) break;
      if (header.producer_id != kNoProducerId && header.base_offset >= from)
        state_.producers.update(header, input_.now);
      position += header.total_bytes();
    }
    return {};
  }

  FileSystem& files_;
  const RecoveryInput& input_;
  std::vector<Offset> bases_;
  std::vector<Offset> snapshots_;
  LogState state_;
};

}  // namespace

Result<LogState> recover_log(FileSystem& files, const RecoveryInput& input) {
  return Recovery(files, input).run();
}

}  // namespace millrace::storage
