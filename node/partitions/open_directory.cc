#include "node/partitions/open_directory.h"

#include <fmt/format.h>

#include "node/metadata_log/formation.h"

namespace millrace::node {

Result<std::unique_ptr<storage::LogDirectory>> open_or_form(storage::FileSystem& files,
                                                            const std::string& path, NodeId node_id,
                                                            bool may_form, Random& random,
                                                            TimestampMs now,
                                                            const storage::RunAll& run_all) {
  ASSIGN_OR_RETURN(auto identity, storage::LogDirectory::identity_of(files, path));
  if (!identity && !may_form) {
    return fail(
        ErrorCode::kNotFound,
        fmt::format("{} is not formatted, and the quorum settings say that this node is part "
                    "of a cluster: run millrace storage format --log-dir {} --node-id {} "
                    "--cluster-id ID with --initial-controllers (a voter of a new cluster) "
                    "or --no-initial-controllers (joins one)",
                    path, path, node_id.value()));
  }
  if (identity) {
    RETURN_IF_ERROR(check_formed(files, path));
  } else {
    const DirectoryId directory(Uuid::random(random));
    identity = {Uuid::random(random).to_string(), node_id, directory};
    RETURN_IF_ERROR(form(files, path, {*identity, raft::VoterSet({{node_id, directory}})}, now));
  }
  return storage::LogDirectory::open(files, path, identity->cluster_id, node_id, run_all);
}

}  // namespace millrace::node
