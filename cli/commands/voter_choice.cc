#include "cli/commands/voter_choice.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace millrace::cli {
namespace {

Answer<DirectoryId> parse_directory(const std::string& text) {
  const auto uuid = Uuid::parse(text);
  if (uuid && !uuid->is_zero()) return DirectoryId(*uuid);
  return problem(usage_problem(
      "--directory-id", fmt::format("--directory-id '{}' is not the id of a directory", text),
      "it has 22 characters; millrace quorum describe shows it"));
}

Problem no_directory(NodeId node, const std::vector<std::string>& found) {
  const auto id = to_string(node);
  if (found.empty()) {
    return {ExitCode::kFailed, "REPLICA_NOT_AVAILABLE", id,
            fmt::format("the quorum does not tell of a directory of node {}", id),
            "start the node and wait until millrace quorum describe lists it, or give "
            "--directory-id"};
  }
  return {ExitCode::kFailed, "AMBIGUOUS", id,
          fmt::format("node {} has {} copies of the metadata log: {}", id, found.size(),
                      fmt::join(found, ", ")),
          "say which one with --directory-id"};
}

}  // namespace

Answer<VoterChoice> chosen_voter(const Invocation& invocation, const QuorumView& quorum) {
  const NodeId node(static_cast<std::int32_t>(invocation.integer("--node").value_or(0)));
  if (const auto text = invocation.text("--directory-id")) {
    const auto directory = parse_directory(*text);
    if (!directory) return problem(directory.error());
    return VoterChoice{node, *directory};
  }
  std::vector<std::string> found;
  for (const auto& replica : quorum.of_node(node)) {
    if (replica.directory_id) found.push_back(*replica.directory_id);
  }
  if (found.size() != 1) return problem(no_directory(node, found));
  const auto directory = parse_directory(found.front());
  if (!directory) return problem(directory.error());
  return VoterChoice{node, *directory};
}

std::vector<Option> voter_options() {
  return {
      {.names = "--node",
       .value = "ID",
       .text = "node that it is about",
       .kind = ValueKind::kInteger,
       .required = true},
      {.names = "--directory-id",
       .value = "UUID",
       .text = "directory of the node's metadata log; without it the one that the quorum knows, "
               "if there is exactly one"}};
}

Shape voter_shape(const std::string& result_text) {
  return {.fields = {{"node_id", FieldType::kInteger, "the node"},
                     {"directory_id", FieldType::kString, "directory of its metadata log"},
                     {"result", FieldType::kString, result_text}},
          .columns = {{"NODE", "node_id"}, {"RESULT", "result"}, {"DIRECTORY_ID", "directory_id"}},
          .name = "node_id"};
}

Json voter_json(const VoterChoice& voter, const std::string& result) {
  return {{"node_id", voter.node.value()},
          {"directory_id", voter.directory.to_string()},
          {"result", result}};
}

}  // namespace millrace::cli
