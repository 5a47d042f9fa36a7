#pragma once

#include <vector>

#include "base/ids.h"
#include "controller/metadata/image.h"
#include "storage/log_directory.h"

namespace millrace::node {

/// The partitions that the image assigns to `node`, of those created at metadata offset `from` or
/// later.
std::vector<storage::AssignedPartition> assigned_partitions(const controller::MetadataImage& image,
                                                            NodeId node, Offset from);

}  // namespace millrace::node
