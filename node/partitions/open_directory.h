#pragma once

#include <memory>
#include <string>

#include "base/random.h"
#include "storage/log_directory.h"

namespace millrace::node {

/// Opens the log directory of a node. An empty or missing one is formatted first, as a cluster of
/// this node alone, if it `may_form`: a node with quorum settings is part of something, and a
/// directory that forgot what it was must not decide anything. Errors: those of LogDirectory and
/// form(); kNotFound, with what to run, when it is not formatted and may not be.
Result<std::unique_ptr<storage::LogDirectory>> open_or_form(storage::FileSystem& files,
                                                            const std::string& path, NodeId node_id,
                                                            bool may_form, Random& random,
                                                            TimestampMs now,
                                                            const storage::RunAll& run_all);

}  // namespace millrace::node
