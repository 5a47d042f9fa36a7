#pragma once

#include <string>
#include <vector>

#include "cli/output/json.h"
#include "cli/output/shape.h"
#include "raft/voter_set.h"

namespace millrace::cli {

/// A list of {"node_id", "directory_id"}.
Json voters_json(const raft::VoterSet& voters);
std::vector<Field> voter_fields();

/// "1 (DIRECTORY_ID), 2 (DIRECTORY_ID)", or "none".
std::string voters_text(const raft::VoterSet& voters);

}  // namespace millrace::cli
