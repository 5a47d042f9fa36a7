#pragma once

#include <string>

#include "cli/commands/quorum_view.h"
#include "cli/context.h"

/// What add-voter and remove-voter share: which copy of the metadata log they are about.
namespace millrace::cli {

struct VoterChoice {
  NodeId node;
  DirectoryId directory;
};

/// --node and --directory-id of the line, the latter from the quorum when the node has exactly one
/// copy. Problems: not an id, no copy, several copies.
Answer<VoterChoice> chosen_voter(const Invocation& invocation, const QuorumView& quorum);

std::vector<Option> voter_options();
/// node_id, directory_id, result.
Shape voter_shape(const std::string& result_text);
Json voter_json(const VoterChoice& voter, const std::string& result);

}  // namespace millrace::cli
