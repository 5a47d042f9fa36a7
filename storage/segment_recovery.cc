#include "storage/segment_recovery.h"

#include <algorithm>

#include "storage/segment_reader.h"
#include "storage/sum.h"
#include "storage/whole_file.h"

namespace millrace::storage {

namespace {

using Bytes = std::vector<std::uint8_t>;

/// The last entry of a file of entries of one size; nothing when the file is missing, empty or ends
/// inside an entry.
Result<std::optional<Bytes>> last_entry(FileSystem& files, const std::string& path,
                                        std::size_t entry_bytes) {
  auto file = files.open(path, OpenMode::kRead);
  if (!file && file.error().code == ErrorCode::kNotFound) return std::optional<Bytes>();
  if (!file) return fail(file.error());
  ASSIGN_OR_RETURN(const auto size, (*file)->size());
  if (size < entry_bytes || size % entry_bytes != 0) return std::optional<Bytes>();
  Bytes entry(entry_bytes);
  ASSIGN_OR_RETURN(const auto got, (*file)->read_at(size - entry_bytes, entry));
  return got == entry_bytes ? std::optional(std::move(entry)) : std::nullopt;
}

void take_max_timestamp(LogSegment& segment, SegmentIndex::TimeEntry last) {
  segment.max_timestamp = last.timestamp;
  segment.max_timestamp_offset = segment.files->base_offset + last.relative_offset;
}

}  // namespace

Result<std::optional<kafka::BatchHeader>> SegmentRecovery::header_at(const LogSegment& segment,
                                                                     std::uint64_t position) const {
  Bytes bytes(kafka::kBatchHeaderBytes);
  ASSIGN_OR_RETURN(const auto got, segment.files->log->read_at(position, bytes));
  if (got < bytes.size()) return std::optional<kafka::BatchHeader>();
  return std::optional(kafka::read_batch_header(bytes));
}

Result<bool> SegmentRecovery::trust(LogSegment& segment, Offset next_base) {
  const SegmentFiles& files = *segment.files;
  ASSIGN_OR_RETURN(const bool offsets_there, files_.exists(files.path(".index")));
  ASSIGN_OR_RETURN(const bool times_there, files_.exists(files.path(".timeindex")));
  ASSIGN_OR_RETURN(const auto sum_bytes, last_entry(files_, files.path(".sum"), kSumEntryBytes));
  ASSIGN_OR_RETURN(const auto time_bytes,
                   last_entry(files_, files.path(".timeindex"), kTimeEntryBytes));
  if (!offsets_there || !times_there || !sum_bytes) return false;

  const SumEntry sum = decode_sums(*sum_bytes)[0];
  Bytes head(kafka::kBatchHeaderBytes);
  ASSIGN_OR_RETURN(const auto got, files.log->read_at(sum.position, head));
  if (got < head.size() || sum_of(input_.id, head) != sum.crc) return false;
  const kafka::BatchHeader last = kafka::read_batch_header(head);
  if (sum.position + last.total_bytes() != segment.bytes || last.end_offset() != next_base)
    return false;

  if (time_bytes) {
    const auto times = SegmentIndex::decode({}, *time_bytes, {}, segment.bytes).times();
    const std::int64_t last_relative = last.last_offset() - files.base_offset;
    if (times[0].relative_offset > last_relative || times[0].timestamp < last.max_timestamp)
      return false;
    take_max_timestamp(segment, times[0]);
  } else if (last.max_timestamp != kNoTimestamp) {
    return false;
  }
  segment.end_offset = last.end_offset();
  segment.saved = true;
  return true;
}

Result<ScanEnd> SegmentRecovery::read(LogSegment& segment, Offset from, LeaderEpochCache& epochs) {
  const LeaderEpochCache known = epochs;
  ASSIGN_OR_RETURN(const auto old, load_index(files_, *segment.files, segment.bytes));
  ASSIGN_OR_RETURN(const Start start, start_of(segment, *old, from));
  ScanEnd end = scan(segment, *old, start, epochs);
  if (end.fault && end.position == start.position && start.position > 0) {
    // Perhaps the index was wrong, not the segment.
    epochs = known;
    end = scan(segment, *old, {0, segment.files->base_offset}, epochs);
  }
  segment.end_offset = end.next_offset;
  // Segments behind this one may be believed without being read.
  for (const EpochEntry& entry : known.entries()) {
    if (entry.start_offset >= end.next_offset && entry.epoch > epochs.latest())
      epochs.assign(entry.epoch, entry.start_offset);
  }
  RETURN_IF_ERROR(note_first_append(segment));
  return end;
}

/// The batch at or before `from` that the index names, if index and sums tell everything about what
/// lies before it.
Result<SegmentRecovery::Start> SegmentRecovery::start_of(const LogSegment& segment,
                                                         const SegmentIndex& old,
                                                         Offset from) const {
  const Offset base = segment.files->base_offset;
  const Start beginning{0, base};
  if (from <= base) return beginning;
  const std::uint64_t position = old.floor_position(
      static_cast<std::uint32_t>(std::min<std::int64_t>(from - base, INT32_MAX)));
  if (position == 0 || old.times().empty() || !old.agrees()) return beginning;
  const auto before = old.sums_between(0, position).sums();
  if (before.empty()) return beginning;
  ASSIGN_OR_RETURN(const auto header, header_at(segment, before.back().position));
  if (!header || before.back().position + header->total_bytes() != position) return beginning;
  return Start{position, header->end_offset()};
}

ScanEnd SegmentRecovery::scan(LogSegment& segment, const SegmentIndex& old, const Start& start,
                              LeaderEpochCache& epochs) const {
  const std::uint64_t size = segment.bytes;
  segment.index = std::make_shared<SegmentIndex>(old);
  segment.index->cut(old.relative_offset_at(start.position), start.position);
  segment.max_timestamp = kNoTimestamp;
  segment.max_timestamp_offset = kNoOffset;
  if (!segment.index->times().empty()) take_max_timestamp(segment, segment.index->times().back());
  segment.bytes_since_entry = 0;
  // What the epoch cache says of batches that are read now, they say themselves.
  epochs.cut_end(start.next_offset);
  SegmentScan walk{input_.id,         *segment.files->log, start.position, size,
                   start.next_offset, old.sums(),          acked_end_};
  ScanEnd end =
      walk.run([&](const kafka::BatchHeader& header, std::uint64_t position, std::uint32_t sum) {
        segment.bytes = position;
        index_batch(segment, header, sum, input_.config.index_interval_bytes);
        epochs.assign(header.leader_epoch, header.base_offset);
      });
  segment.bytes = size;
  return end;
}

/// When its first record came is not known any more. The record's own timestamp stands for it, but
/// may be anything: one of the future must not keep the segment from rolling.
Status SegmentRecovery::note_first_append(LogSegment& segment) const {
  if (segment.end_offset == segment.files->base_offset) return {};
  ASSIGN_OR_RETURN(const auto first, header_at(segment, 0));
  const bool stamped = first && first->max_timestamp != kNoTimestamp;
  segment.first_append = stamped ? std::min(first->max_timestamp, input_.now) : input_.now;
  return {};
}

Status SegmentRecovery::settle(const LogSegment& segment) {
  RETURN_IF_ERROR(segment.files->log->sync());
  const std::string path = segment.files->path(".sum");
  const Bytes wanted = encode_sums(segment.index->sums());
  ASSIGN_OR_RETURN(const auto before, read_whole_file(files_, path));
  if (before.value_or(Bytes()) != wanted) return replace_whole_file(files_, path, wanted);
  if (!before) return {};
  ASSIGN_OR_RETURN(const auto file, files_.open(path, OpenMode::kReadWrite));
  return file->sync();
}

Status SegmentRecovery::save_index(LogSegment& segment) {
  finish_time_index(segment);
  const auto save = [&](const char* suffix, const Bytes& wanted) -> Status {
    const std::string path = segment.files->path(suffix);
    ASSIGN_OR_RETURN(const auto before, read_whole_file(files_, path));
    if (before && *before == wanted) return {};
    return replace_whole_file(files_, path, wanted);
  };
  RETURN_IF_ERROR(save(".index", segment.index->encode_offsets()));
  RETURN_IF_ERROR(save(".timeindex", segment.index->encode_times()));
  segment.saved = true;
  return {};
}

Status SegmentRecovery::cut(LogSegment& segment, const ScanEnd& end) {
  RETURN_IF_ERROR(drop_stale_index(segment, end));
  RETURN_IF_ERROR(segment.files->log->truncate(end.position));
  segment.bytes = end.position;
  return {};
}

/// Index files may name what is not there any more: later appends would make those entries look
/// right. So they go before anything is cut.
Status SegmentRecovery::drop_stale_index(const LogSegment& segment, const ScanEnd& end) {
  const std::int64_t relative_end = end.next_offset - segment.files->base_offset;
  const auto is_stale = [&](const char* suffix, std::size_t entry_bytes,
                            std::size_t offset_at) -> Result<bool> {
    const std::string path = segment.files->path(suffix);
    ASSIGN_OR_RETURN(const auto bytes, read_whole_file(files_, path));
    if (!bytes || bytes->empty()) return false;
    if (bytes->size() % entry_bytes != 0) return true;
    return load_be<std::uint32_t>(bytes->data() + bytes->size() - entry_bytes + offset_at) >=
           relative_end;
  };
  ASSIGN_OR_RETURN(const bool offsets, is_stale(".index", kOffsetEntryBytes, 0));
  ASSIGN_OR_RETURN(const bool times, is_stale(".timeindex", kTimeEntryBytes, 8));
  if (!offsets && !times) return {};
  for (const char* suffix : {".index", ".timeindex"}) {
    const auto removed = files_.remove_file(segment.files->path(suffix));
    if (!removed && removed.error().code != ErrorCode::kNotFound) return removed;
  }
  return files_.sync_directory(input_.directory);
}

Status remove_segment(FileSystem& files, const SegmentFiles& segment) {
  for (const char* suffix : {".log", ".index", ".timeindex", ".sum"}) {
    const auto removed = files.remove_file(segment.path(suffix));
    if (!removed && removed.error().code != ErrorCode::kNotFound) return removed;
  }
  return files.sync_directory(segment.directory);
}

}  // namespace millrace::storage
