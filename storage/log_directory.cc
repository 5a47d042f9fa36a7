#include "storage/log_directory.h"

#include <absl/strings/numbers.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "storage/checkpoint_file.h"
#include "storage/journal_redo.h"
#include "storage/partition_metadata.h"
#include "storage/whole_file.h"

namespace millrace::storage {

namespace {

constexpr const char* kMetaFile = "/meta.properties";
constexpr const char* kLockFile = "/.lock";
constexpr const char* kMaterialisedFile = "/materialised-offset";
constexpr const char* kCleanFile = "/.clean-shutdown";
constexpr const char* kPartitionFile = "/partition.metadata";
constexpr const char* kRecoveryPointFile = "/recovery-point-offset-checkpoint";
constexpr const char* kLogStartFile = "/log-start-offset-checkpoint";
constexpr const char* kJournalFiles[] = {"/journal.0", "/journal.1"};
constexpr std::string_view kDeleteSuffix = "-delete";
constexpr std::string_view kStraySuffix = ".stray";
/// A directory of ours that is no topic's; the metadata log looks after itself.
constexpr std::string_view kMetadataDirectory = "__cluster_metadata-0";

Result<DirectoryIdentity> parse_identity(std::string_view text, const std::string& path) {
  const auto cluster = property_of(text, "cluster.id");
  const auto node = property_of(text, "node.id");
  const auto directory = property_of(text, "directory.id");
  std::int32_t node_id = -1;
  if (property_of(text, "version") != "1" || !cluster || !node || !directory ||
      !absl::SimpleAtoi(*node, &node_id)) {
    return fail(
        ErrorCode::kCorrupt,
        fmt::format("{}{} lacks version=1, cluster.id, node.id or directory.id", path, kMetaFile));
  }
  ASSIGN_OR_RETURN(const Uuid id, Uuid::parse(*directory));
  return DirectoryIdentity{*cluster, NodeId(node_id), DirectoryId(id)};
}

Status remove_tree(FileSystem& files, const std::string& path) {
  ASSIGN_OR_RETURN(const auto names, files.list(path));
  for (const std::string& name : names) RETURN_IF_ERROR(files.remove_file(path + "/" + name));
  return files.remove_directory(path);
}

}  // namespace

std::string AssignedPartition::directory_name() const {
  return fmt::format("{}-{}", topic, id.partition.value());
}

Status LogDirectory::check_unformatted(FileSystem& files, const std::string& path,
                                       const std::vector<std::string>& prepared) {
  const auto names = files.list(path);
  if (!names && names.error().code == ErrorCode::kNotFound) return {};
  if (!names) return fail(names.error());
  if (std::find(names->begin(), names->end(), kMetaFile + 1) != names->end()) {
    return fail(ErrorCode::kAlreadyExists, path + " is formatted already");
  }
  const bool foreign = std::any_of(names->begin(), names->end(), [&](const std::string& name) {
    return name != "lost+found" && name != kLockFile + 1 && name != kMaterialisedFile + 1 &&
           !name.ends_with(".tmp") &&
           std::find(prepared.begin(), prepared.end(), name) == prepared.end();
  });
  if (!foreign) return {};
  return fail(ErrorCode::kInvalidArgument,
              fmt::format("{} holds files and no meta.properties; give log.dirs an empty "
                          "directory, or put meta.properties back",
                          path));
}

Status LogDirectory::format(FileSystem& files, const std::string& path,
                            const DirectoryIdentity& identity,
                            const std::vector<std::string>& prepared) {
  RETURN_IF_ERROR(ensure_directory(files, path));
  RETURN_IF_ERROR(check_unformatted(files, path, prepared));
  const std::string text =
      fmt::format("version=1\ncluster.id={}\nnode.id={}\ndirectory.id={}\n", identity.cluster_id,
                  identity.node_id.value(), identity.directory_id.to_string());
  RETURN_IF_ERROR(replace_whole_file(files, path + kMaterialisedFile, as_bytes("-1")));
  return replace_whole_file(files, path + kMetaFile, as_bytes(text));
}

Result<std::unique_ptr<DirectoryLock>> LogDirectory::lock(FileSystem& files,
                                                          const std::string& path) {
  auto lock = files.lock(path + kLockFile);
  if (!lock && lock.error().code == ErrorCode::kLocked) {
    return fail(
        ErrorCode::kLocked,
        path + " is in use by another process; stop it, or give this node its own log.dirs");
  }
  return lock;
}

Result<std::optional<DirectoryIdentity>> LogDirectory::identity_of(FileSystem& files,
                                                                   const std::string& path) {
  ASSIGN_OR_RETURN(const auto bytes, read_whole_file(files, path + kMetaFile));
  if (!bytes) return std::optional<DirectoryIdentity>();
  ASSIGN_OR_RETURN(DirectoryIdentity identity, parse_identity(as_text(*bytes), path));
  return std::optional(std::move(identity));
}

Result<std::unique_ptr<LogDirectory>> LogDirectory::open(FileSystem& files, const std::string& path,
                                                         const std::string& cluster_id,
                                                         NodeId node_id, const RunAll& run_all) {
  std::unique_ptr<LogDirectory> directory(new LogDirectory(files, path));
  ASSIGN_OR_RETURN(const auto identity, identity_of(files, path));
  if (!identity) return fail(ErrorCode::kNotFound, path + " is not formatted");
  if (identity->cluster_id != cluster_id || identity->node_id != node_id) {
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("{} belongs to node {} of cluster {}, and this is node {} of cluster "
                            "{}; correct log.dirs or node.id",
                            path, identity->node_id.value(), identity->cluster_id, node_id.value(),
                            cluster_id));
  }
  ASSIGN_OR_RETURN(directory->lock_, lock(files, path));
  directory->identity_ = *identity;
  RETURN_IF_ERROR(directory->read_materialised_offset());
  RETURN_IF_ERROR(directory->list_partitions());
  RETURN_IF_ERROR(directory->read_checkpoints());
  RETURN_IF_ERROR(directory->redo_journal(run_all));
  ASSIGN_OR_RETURN(directory->was_clean_, files.exists(path + kCleanFile));
  return directory;
}

Status LogDirectory::read_materialised_offset() {
  ASSIGN_OR_RETURN(const auto bytes, read_whole_file(files_, path_ + kMaterialisedFile));
  const std::string text(bytes ? as_text(*bytes) : "");
  if (bytes && absl::SimpleAtoi(text, &materialised_offset_)) return {};
  return fail(
      ErrorCode::kCorrupt,
      fmt::format("{}{} {}, so that a lost partition would be taken for a new one; put it "
                  "back from a backup",
                  path_, kMaterialisedFile, bytes ? "does not hold a number" : "is missing"));
}

Status LogDirectory::list_partitions() {
  ASSIGN_OR_RETURN(const auto names, files_.list(path_));
  for (const std::string& name : names) {
    const auto parsed = parse_partition_directory(name);
    if (!parsed || name == kMetadataDirectory) continue;
    const std::string path = path_ + "/" + name;
    ASSIGN_OR_RETURN(const auto bytes, read_whole_file(files_, path + kPartitionFile));
    // Made by a crash between the directory and its file, or not ours: materialise() decides.
    if (!bytes) continue;
    const auto topic = parse_partition_metadata(as_text(*bytes));
    if (!topic) {
      unreadable_.push_back(path + kPartitionFile);
      continue;
    }
    const TopicPartitionId id{*topic, parsed->partition};
    directories_[id] = path;
    found_.push_back({id, parsed->topic, path, std::nullopt, std::nullopt, std::nullopt});
  }
  return {};
}

Status LogDirectory::read_checkpoints() {
  const auto apply = [&](const char* name, auto set) -> Status {
    ASSIGN_OR_RETURN(const auto bytes, read_whole_file(files_, path_ + name));
    if (!bytes) return {};
    const auto entries = parse_offset_checkpoint(as_text(*bytes));
    if (!entries) {
      return fail(ErrorCode::kCorrupt,
                  fmt::format("{}{}: {}; put it back from a backup, or remove it to have every log "
                              "read whole and cut at the first batch that fails its checks",
                              path_, name, entries.error().message));
    }
    for (const auto& entry : *entries) {
      for (FoundPartition& partition : found_) {
        if (partition.topic == entry.topic && partition.id.partition == entry.partition)
          set(partition, entry.offset);
      }
    }
    return {};
  };
  RETURN_IF_ERROR(apply(kRecoveryPointFile, [](FoundPartition& partition, Offset offset) {
    partition.recovery_point = partition.recorded_end = offset;
  }));
  return apply(kLogStartFile,
               [](FoundPartition& partition, Offset offset) { partition.log_start = offset; });
}

Status LogDirectory::redo_journal(const RunAll& run_all) {
  ASSIGN_OR_RETURN(const JournalContents journal, read_journal(files_, path_));
  journal_damage_ = journal.damage;
  for (const char* name : kJournalFiles) {
    ASSIGN_OR_RETURN(const bool there, files_.exists(path_ + name));
    if (!there && !found_.empty()) journal_damage_ = path_ + name + " is missing";
  }
  ASSIGN_OR_RETURN(const auto logs,
                   storage::redo_journal(files_, journal.records, directories_, run_all));
  for (FoundPartition& partition : found_) {
    const auto redone = logs.find(partition.id);
    if (redone == logs.end()) continue;
    const RedoneLog& log = redone->second;
    if (log.recorded_end) {
      partition.recorded_end =
          std::max(partition.recorded_end.value_or(*log.recorded_end), *log.recorded_end);
    }
    if (log.log_start)
      partition.log_start = std::max(partition.log_start.value_or(*log.log_start), *log.log_start);
  }
  return {};
}

Status LogDirectory::forget_clean_end() {
  ASSIGN_OR_RETURN(const bool marked, files_.exists(path_ + kCleanFile));
  if (!marked) return {};
  RETURN_IF_ERROR(files_.remove_file(path_ + kCleanFile));
  return files_.sync_directory(path_);
}

Status LogDirectory::mark_clean() {
  return replace_whole_file(files_, path_ + kCleanFile, as_bytes("clean\n"));
}

Result<Materialised> LogDirectory::materialise(const std::vector<AssignedPartition>& assigned,
                                               std::int64_t upto) {
  Materialised result;
  std::map<TopicPartitionId, std::string> strays = directories_;
  for (const AssignedPartition& partition : assigned) {
    if (strays.erase(partition.id) > 0) continue;
    if (partition.created_at <= materialised_offset_) {
      result.lost.push_back(partition);
      continue;
    }
    result.created.push_back(partition);
  }
  for (const auto& [id, path] : strays) {
    RETURN_IF_ERROR(files_.rename(path, path + std::string(kStraySuffix)));
    directories_.erase(id);
    std::erase_if(found_,
                  [&id = id](const FoundPartition& partition) { return partition.id == id; });
  }
  RETURN_IF_ERROR(create_partitions(result.created));
  RETURN_IF_ERROR(note_upto(upto));
  return result;
}

Status LogDirectory::create_partitions(const std::vector<AssignedPartition>& partitions) {
  // All are written before the first is synced: the file system then commits them together.
  std::vector<std::shared_ptr<File>> written;
  for (const AssignedPartition& partition : partitions) {
    const std::string path = path_ + "/" + partition.directory_name();
    const auto created = files_.create_directory(path);
    if (!created && created.error().code != ErrorCode::kAlreadyExists) return created;
    ASSIGN_OR_RETURN(auto file, files_.open(path + kPartitionFile, OpenMode::kCreateReadWrite));
    const std::string text = format_partition_metadata(partition.id.topic_id);
    const std::array<ByteView, 1> pieces{as_bytes(text)};
    RETURN_IF_ERROR(file->truncate(0));
    RETURN_IF_ERROR(file->write_at(0, pieces));
    written.push_back(std::move(file));
    directories_[partition.id] = path;
  }
  for (std::size_t i = 0; i < partitions.size(); ++i) {
    RETURN_IF_ERROR(written[i]->sync());
    RETURN_IF_ERROR(files_.sync_directory(directories_.at(partitions[i].id)));
  }
  return partitions.empty() ? Status() : files_.sync_directory(path_);
}

Status LogDirectory::note_upto(std::int64_t upto) {
  if (upto <= materialised_offset_) return {};
  RETURN_IF_ERROR(
      replace_whole_file(files_, path_ + kMaterialisedFile, as_bytes(std::to_string(upto))));
  materialised_offset_ = upto;
  return {};
}

Status LogDirectory::delete_partition(const TopicPartitionId& id) {
  const auto found = directories_.find(id);
  if (found == directories_.end()) return {};
  const std::string target =
      fmt::format("{}.{}{}", found->second, id.topic_id.to_string(), kDeleteSuffix);
  RETURN_IF_ERROR(files_.rename(found->second, target));
  directories_.erase(found);
  return files_.sync_directory(path_);
}

Status LogDirectory::remove_deleted() {
  ASSIGN_OR_RETURN(const auto names, files_.list(path_));
  for (const std::string& name : names) {
    if (name.ends_with(kDeleteSuffix)) RETURN_IF_ERROR(remove_tree(files_, path_ + "/" + name));
  }
  return {};
}

Result<Journal> LogDirectory::create_journal(std::uint64_t bytes,
                                             const std::vector<OpenLog>& logs) {
  RETURN_IF_ERROR(forget_clean_end());
  std::vector<OffsetCheckpointEntry> ends;
  std::vector<OffsetCheckpointEntry> starts;
  for (const OpenLog& log : logs) {
    ends.push_back({log.topic, log.id.partition, log.durable_end});
    if (log.log_start > Offset(0)) starts.push_back({log.topic, log.id.partition, log.log_start});
  }
  RETURN_IF_ERROR(replace_whole_file(files_, path_ + kRecoveryPointFile,
                                     as_bytes(format_offset_checkpoint(ends))));
  RETURN_IF_ERROR(replace_whole_file(files_, path_ + kLogStartFile,
                                     as_bytes(format_offset_checkpoint(starts))));
  return Journal::create(files_, path_, bytes);
}

}  // namespace millrace::storage
