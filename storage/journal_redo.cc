#include "storage/journal_redo.h"

#include <algorithm>
#include <array>

#include "storage/sum.h"
#include "storage/whole_file.h"

namespace millrace::storage {

namespace {

using Id = TopicPartitionId;

/// Everything the journal says of one log, in order, without what later records took back.
struct Story {
  RedoneLog log;
  std::map<Offset, std::vector<const JournalExtent*>> extents;    // by segment
  std::map<Offset, std::map<std::uint32_t, std::uint32_t>> sums;  // by segment, then position

  void cut(const JournalCut& cut) {
    extents.erase(extents.upper_bound(cut.segment_base), extents.end());
    sums.erase(sums.upper_bound(cut.segment_base), sums.end());
    if (const auto kept = extents.find(cut.segment_base); kept != extents.end()) {
      std::erase_if(kept->second,
                    [&](const JournalExtent* extent) { return extent->position >= cut.size; });
    }
    if (const auto kept = sums.find(cut.segment_base); kept != sums.end()) {
      kept->second.erase(kept->second.lower_bound(static_cast<std::uint32_t>(cut.size)),
                         kept->second.end());
    }
    // A cut promises nothing of its own; it only takes back.
    if (log.recorded_end) log.recorded_end = std::min(*log.recorded_end, cut.end);
  }
};

std::map<Id, Story> tell(const std::vector<JournalRecord>& records) {
  std::map<Id, Story> stories;
  for (const JournalRecord& record : records) {
    for (const auto& cut : record.cuts) stories[cut.id].cut(cut);
    for (const auto& start : record.starts) {
      auto& known = stories[start.id].log.log_start;
      known = std::max(known.value_or(start.start), start.start);
    }
    for (const auto& extent : record.extents)
      stories[extent.id].extents[extent.segment_base].push_back(&extent);
    for (const auto& sums : record.sums) {
      auto& into = stories[sums.id].sums[sums.segment_base];
      for (const SumEntry& entry : sums.entries) into[entry.position] = entry.crc;
    }
    for (const auto& end : record.ends) {
      auto& known = stories[end.id].log.recorded_end;
      known = std::max(known.value_or(end.end), end.end);
    }
  }
  return stories;
}

class Redo {
 public:
  Redo(FileSystem& files, std::string directory, const Story& story)
      : files_(files), directory_(std::move(directory)), story_(story) {}

  Status run() {
    for (const auto& [base, extents] : story_.extents) RETURN_IF_ERROR(redo_extents(base, extents));
    for (const auto& [base, sums] : story_.sums) RETURN_IF_ERROR(redo_sums(base, sums));
    if (!has_new_name_) return {};
    return files_.sync_directory(directory_);
  }

 private:
  Status redo_extents(Offset base, const std::vector<const JournalExtent*>& extents) {
    if (extents.empty()) return {};
    const SegmentFiles segment{directory_, base, nullptr};
    ASSIGN_OR_RETURN(const bool there, files_.exists(segment.path(".log")));
    // A segment that retention removed must not come back; one that holds the log start is redone
    // whole.
    const auto& start = story_.log.log_start;
    if (!there && start && extents.back()->end_offset <= *start) return {};
    has_new_name_ = has_new_name_ || !there;
    ASSIGN_OR_RETURN(const auto file,
                     files_.open(segment.path(".log"), OpenMode::kCreateReadWrite));
    for (const JournalExtent* extent : extents) {
      std::vector<ByteView> pieces;
      for (const auto& piece : extent->bytes.pieces()) pieces.push_back(piece.view());
      RETURN_IF_ERROR(file->write_at(extent->position, pieces));
    }
    return file->sync();
  }

  /// The file's own entries below the first recorded one stay; from there on the journal knows
  /// better.
  Status redo_sums(Offset base, const std::map<std::uint32_t, std::uint32_t>& recorded) {
    if (recorded.empty()) return {};
    const SegmentFiles segment{directory_, base, nullptr};
    ASSIGN_OR_RETURN(const bool there, files_.exists(segment.path(".log")));
    if (!there) return {};
    ASSIGN_OR_RETURN(const auto bytes, read_whole_file(files_, segment.path(".sum")));
    std::vector<SumEntry> entries = decode_sums(bytes.value_or(std::vector<std::uint8_t>()));
    std::map<std::uint32_t, std::uint32_t> all(recorded);
    for (const SumEntry& entry : entries) all.try_emplace(entry.position, entry.crc);
    entries.clear();
    for (const auto& [position, crc] : all) entries.push_back({position, crc});
    return replace_whole_file(files_, segment.path(".sum"), encode_sums(entries));
  }

  FileSystem& files_;
  const std::string directory_;
  const Story& story_;
  bool has_new_name_ = false;  // a segment that the power cut had taken away
};

}  // namespace

Result<std::map<TopicPartitionId, RedoneLog>> redo_journal(
    FileSystem& files, const std::vector<JournalRecord>& records,
    const std::map<TopicPartitionId, std::string>& directories, const RunAll& run_all) {
  std::map<TopicPartitionId, RedoneLog> logs;
  const std::map<Id, Story> stories = tell(records);
  Steps steps;
  for (const auto& [id, story] : stories) {
    const auto directory = directories.find(id);
    if (directory == directories.end()) continue;
    steps.add([&files, &directory = directory->second, &story = story] {
      return Redo(files, directory, story).run();
    });
    logs[id] = story.log;
  }
  RETURN_IF_ERROR(steps.run(run_all));
  return logs;
}

}  // namespace millrace::storage
