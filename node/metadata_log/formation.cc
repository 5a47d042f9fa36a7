#include "node/metadata_log/formation.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"
#include "node/metadata_log/metadata_partition.h"
#include "node/metadata_log/quorum_store.h"
#include "storage/whole_file.h"

namespace millrace::node {
namespace {

/// What an interrupted formation may have left in the metadata log's directory: the place for votes
/// and the first snapshot, whole or begun. A replica that ran has more than that.
bool is_leftover(const std::string& name) {
  const auto snapshot = SnapshotId{Offset(0), LeaderEpoch(0)}.file_name();
  return name == QuorumState::kFileName || name == snapshot || name == snapshot + ".tmp";
}

/// Requires: no meta.properties.
Status clear_leftovers(storage::FileSystem& files, const std::string& log_dir) {
  const auto directory = log_dir + "/" + kMetadataLogDirectory;
  const auto names = files.list(directory);
  if (!names && names.error().code == ErrorCode::kNotFound) return {};
  if (!names) return fail(names.error());
  ASSIGN_OR_RETURN(const auto voted, QuorumState::look(files, directory));
  if (voted || !std::all_of(names->begin(), names->end(), is_leftover)) {
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("{} holds the metadata log of a node that ran, and {} has no "
                            "meta.properties; put meta.properties back, or use an empty directory",
                            directory, log_dir));
  }
  for (const auto& name : *names) RETURN_IF_ERROR(files.remove_file(directory + "/" + name));
  RETURN_IF_ERROR(files.sync_directory(directory));
  RETURN_IF_ERROR(files.remove_directory(directory));
  return files.sync_directory(log_dir);
}

}  // namespace

Status form(storage::FileSystem& files, const std::string& log_dir, const Formation& formation,
            TimestampMs now) {
  const auto& identity = formation.identity;
  const raft::Replica self{identity.node_id, identity.directory_id};
  CHECK(!formation.voters || formation.voters->contains(self));
  const std::vector<std::string> prepared{kMetadataLogDirectory};
  RETURN_IF_ERROR(storage::LogDirectory::check_unformatted(files, log_dir, prepared));
  RETURN_IF_ERROR(storage::ensure_directory(files, log_dir));
  ASSIGN_OR_RETURN(const auto lock, storage::LogDirectory::lock(files, log_dir));
  RETURN_IF_ERROR(clear_leftovers(files, log_dir));
  const auto directory = log_dir + "/" + kMetadataLogDirectory;
  if (formation.voters) {
    RETURN_IF_ERROR(QuorumStore::form(files, log_dir, *formation.voters, now));
  } else {
    RETURN_IF_ERROR(storage::ensure_directory(files, directory));
  }
  RETURN_IF_ERROR(QuorumState::open(files, directory));
  return storage::LogDirectory::format(files, log_dir, identity, prepared);
}

Status check_formed(storage::FileSystem& files, const std::string& log_dir) {
  const auto directory = log_dir + "/" + kMetadataLogDirectory;
  ASSIGN_OR_RETURN(const bool there, files.exists(directory + "/" + QuorumState::kFileName));
  if (there) return {};
  return fail(ErrorCode::kCorrupt,
              fmt::format("{} has no {}: metadata is missing, and with it the votes that this node "
                          "gave; put that directory back, or take the node's vote away (millrace "
                          "quorum remove-voter) and format an empty directory for it",
                          directory, QuorumState::kFileName));
}

}  // namespace millrace::node
