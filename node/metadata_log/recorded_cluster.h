#pragma once

#include <optional>

#include "base/result.h"
#include "base/uuid.h"
#include "node/metadata_log/quorum_store.h"

namespace millrace::node {

/// Whose metadata this is: the cluster named in the newest snapshot, or by the first entries after
/// it; nothing when no entry says so yet. Asked before the node takes part in anything: a replica
/// of another cluster must not vote. Blocks. Errors: those of QuorumStore::read.
Result<std::optional<Uuid>> recorded_cluster(QuorumStore& store);

}  // namespace millrace::node
