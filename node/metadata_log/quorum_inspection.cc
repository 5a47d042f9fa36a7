#include "node/metadata_log/quorum_inspection.h"

#include <absl/strings/numbers.h>
#include <fmt/format.h>

#include <algorithm>

#include "node/metadata_log/metadata_partition.h"
#include "node/metadata_log/raft_entry.h"
#include "storage/segment_scan.h"
#include "storage/sum.h"
#include "storage/whole_file.h"

namespace millrace::node {
namespace {

std::string metadata_directory(const std::string& log_dir) {
  return log_dir + "/" + kMetadataLogDirectory;
}

/// The base offsets of the segments, sorted.
Result<std::vector<Offset>> list_segments(storage::FileSystem& files,
                                          const std::string& directory) {
  constexpr std::string_view kSuffix = ".log";
  const auto names = files.list(directory);
  if (!names && names.error().code == ErrorCode::kNotFound) return std::vector<Offset>();
  if (!names) return fail(names.error());
  std::vector<Offset> bases;
  for (const auto& name : *names) {
    std::int64_t base = 0;
    const bool is_segment = name.ends_with(kSuffix) &&
                            absl::SimpleAtoi(name.substr(0, name.size() - kSuffix.size()), &base);
    if (is_segment) bases.emplace_back(base);
  }
  return bases;  // as names are sorted and of one length
}

/// Walks the segments in order; stops at the first fault.
class LogWalk {
 public:
  LogWalk(storage::FileSystem& files, std::string directory, std::optional<Offset> durable_end,
          const OnInspectedEntry& on_entry)
      : files_(files),
        directory_(std::move(directory)),
        durable_end_(durable_end),
        on_entry_(on_entry) {}

  Result<InspectedLog> run() {
    ASSIGN_OR_RETURN(const auto bases, list_segments(files_, directory_));
    if (!bases.empty()) seen_.start = seen_.end = bases.front();
    for (std::size_t i = 0; i < bases.size() && !seen_.damage; ++i)
      RETURN_IF_ERROR(walk(bases[i], i + 1 == bases.size()));
    if (!seen_.damage && durable_end_ && seen_.end < *durable_end_) {
      seen_.damage = {directory_, std::nullopt,
                      fmt::format("the log ends at entry {} and was synced up to {}",
                                  seen_.end.value(), durable_end_->value())};
    }
    return std::move(seen_);
  }

 private:
  Status walk(Offset base, bool is_last) {
    const storage::SegmentFiles names{directory_, base, nullptr};
    const auto path = names.path(".log");
    if (base != seen_.end) {
      seen_.damage = {path, 0, fmt::format("it should begin with entry {}", seen_.end.value())};
      return {};
    }
    ASSIGN_OR_RETURN(const auto file, files_.open(path, storage::OpenMode::kRead));
    ASSIGN_OR_RETURN(const auto size, file->size());
    ASSIGN_OR_RETURN(const auto sum_bytes, storage::read_whole_file(files_, names.path(".sum")));
    const auto sums = storage::decode_sums(sum_bytes.value_or(std::vector<std::uint8_t>()));
    storage::SegmentScan scan{
        metadata_partition(), *file, 0, size, base, sums, durable_end_.value_or(Offset(0))};
    const auto end = scan.run([&](const kafka::BatchHeader& header, std::uint64_t position,
                                  std::uint32_t) { take(header, position, *file, path); });
    if (!end.fault || seen_.damage) return {};
    if (end.unreadable) return fail(ErrorCode::kIo, path + ": " + *end.fault);
    if (is_last && durable_end_ && seen_.end >= *durable_end_) {
      seen_.unfinished_bytes = size - end.position;
    } else {
      seen_.damage = {path, end.position, *end.fault};
    }
    return {};
  }

  /// A batch that is whole; it may still be no entry.
  void take(const kafka::BatchHeader& header, std::uint64_t position, storage::File& file,
            const std::string& path) {
    if (seen_.damage) return;
    auto decoded = read_entry(header, position, file);
    if (!decoded) {
      seen_.damage = {path, position, decoded.error().message};
      return;
    }
    const auto& entry = decoded->entry;
    seen_.end = entry.offset + 1;
    seen_.last_term = entry.term;
    if (const auto* voters = std::get_if<raft::VoterSet>(&entry.body)) {
      seen_.voters = *voters;
      seen_.voters_end = seen_.end;
    }
    if (on_entry_) on_entry_({entry, header.max_timestamp, path, position});
  }

  Result<DecodedEntry> read_entry(const kafka::BatchHeader& header, std::uint64_t position,
                                  storage::File& file) {
    std::vector<std::uint8_t> bytes(header.total_bytes());
    ASSIGN_OR_RETURN(const auto got, file.read_at(position, bytes));
    bytes.resize(got);
    return decode_entry(seen_.end, SharedBytes::own(std::move(bytes)));
  }

  storage::FileSystem& files_;
  const std::string directory_;
  const std::optional<Offset> durable_end_;
  const OnInspectedEntry& on_entry_;
  InspectedLog seen_;
};

/// The newest snapshot that is whole and leads up to the log; null without.
const InspectedSnapshot* newest_snapshot(const QuorumInspection& seen) {
  const InspectedSnapshot* newest = nullptr;
  for (const auto& snapshot : seen.snapshots) {
    if (snapshot.content && snapshot.id.end >= seen.log.start) newest = &snapshot;
  }
  return newest;
}

/// Whether snapshots and log together have everything.
void judge(const std::string& directory, QuorumInspection& seen) {
  const auto* newest = newest_snapshot(seen);
  seen.end = std::max(seen.log.end, newest != nullptr ? newest->id.end : Offset(0));
  if (seen.log.start > Offset(0) && newest == nullptr) {
    seen.damage.push_back({directory, std::nullopt,
                           fmt::format("the log begins at entry {} and no snapshot leads up to it",
                                       seen.log.start.value())});
  } else if (newest == nullptr && !seen.snapshots.empty()) {
    seen.damage.push_back({directory, std::nullopt, kNoWholeSnapshot});
  }
  if (seen.state && seen.end < seen.state->installed_end) {
    seen.damage.push_back({directory, std::nullopt,
                           fmt::format("the log ends at entry {} and the snapshot at {} is missing",
                                       seen.log.end.value(), seen.state->installed_end.value())});
  }
  if (newest != nullptr) seen.voters = newest->content->voters;
  const bool log_is_newer =
      seen.log.voters && (newest == nullptr || seen.log.voters_end > newest->id.end);
  if (log_is_newer) seen.voters = *seen.log.voters;
}

}  // namespace

std::string QuorumDamage::describe() const {
  return position ? fmt::format("byte {} of {}: {}", *position, file, what)
                  : fmt::format("{}: {}", file, what);
}

const QuorumDamage* QuorumInspection::fatal_damage() const {
  const auto found = std::find_if(damage.begin(), damage.end(),
                                  [](const QuorumDamage& each) { return each.fatal; });
  return found == damage.end() ? nullptr : &*found;
}

Result<std::vector<InspectedSnapshot>> inspect_snapshots(storage::FileSystem& files,
                                                         const std::string& log_dir) {
  const auto directory = metadata_directory(log_dir);
  const auto ids = list_snapshots(files, directory);
  if (!ids && ids.error().code == ErrorCode::kNotFound) return std::vector<InspectedSnapshot>();
  if (!ids) return fail(ids.error());
  std::vector<InspectedSnapshot> snapshots;
  for (const auto& id : *ids) {
    auto content = read_snapshot(files, directory, id);
    const bool gone = !content && content.error().code == ErrorCode::kNotFound;
    if (gone) continue;  // a node that runs took it away meanwhile
    if (!content && content.error().code == ErrorCode::kIo) return fail(content.error());
    snapshots.push_back({id, std::move(content)});
  }
  return snapshots;
}

Result<InspectedLog> inspect_log(storage::FileSystem& files, const std::string& log_dir,
                                 std::optional<Offset> durable_end,
                                 const OnInspectedEntry& on_entry) {
  return LogWalk(files, metadata_directory(log_dir), durable_end, on_entry).run();
}

Result<QuorumInspection> inspect_quorum(storage::FileSystem& files, const std::string& log_dir,
                                        const OnInspectedEntry& on_entry) {
  const auto directory = metadata_directory(log_dir);
  QuorumInspection seen;
  ASSIGN_OR_RETURN(seen.state, QuorumState::look(files, directory));
  ASSIGN_OR_RETURN(seen.snapshots, inspect_snapshots(files, log_dir));
  std::optional<Offset> durable_end;
  if (seen.state) durable_end = seen.state->durable_end;
  ASSIGN_OR_RETURN(seen.log, inspect_log(files, log_dir, durable_end, on_entry));
  for (const auto& snapshot : seen.snapshots) {
    if (snapshot.content) continue;
    const auto& error = snapshot.content.error();
    seen.damage.push_back({directory + "/" + snapshot.id.file_name(), std::nullopt, error.message,
                           error.code != ErrorCode::kCorrupt});
  }
  if (seen.log.damage) seen.damage.push_back(*seen.log.damage);
  judge(directory, seen);
  return seen;
}

}  // namespace millrace::node
