#pragma once

#include <memory>
#include <string>

#include "base/random.h"
#include "storage/log_directory.h"

namespace millrace::node {

/// Opens the log directory of a node without a quorum of its own choice: an empty or missing one is
/// formatted first, as a cluster of one. Errors: those of LogDirectory; nothing is touched then.
Result<std::unique_ptr<storage::LogDirectory>> open_or_format(storage::FileSystem& files,
                                                              const std::string& path,
                                                              NodeId node_id, Random& random,
                                                              const storage::RunAll& run_all);

}  // namespace millrace::node
