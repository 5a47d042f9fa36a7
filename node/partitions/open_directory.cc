#include "node/partitions/open_directory.h"

namespace millrace::node {

Result<std::unique_ptr<storage::LogDirectory>> open_or_format(storage::FileSystem& files,
                                                              const std::string& path,
                                                              NodeId node_id, Random& random,
                                                              const storage::RunAll& run_all) {
  ASSIGN_OR_RETURN(auto identity, storage::LogDirectory::identity_of(files, path));
  if (!identity) {
    identity = {Uuid::random(random).to_string(), node_id, DirectoryId(Uuid::random(random))};
    RETURN_IF_ERROR(storage::LogDirectory::format(files, path, *identity));
  }
  return storage::LogDirectory::open(files, path, identity->cluster_id, node_id, run_all);
}

}  // namespace millrace::node
