#include <fmt/format.h>

#include "cli/commands/commands.h"
#include "cli/context.h"
#include "cli/local_problem.h"
#include "cli/offline/machine.h"
#include "cli/offline/voter_items.h"
#include "node/metadata_log/quorum_inspection.h"
#include "storage/log_directory.h"
#include "storage/posix/posix_file_system.h"

namespace millrace::cli {
namespace {

using node::QuorumInspection;
using storage::DirectoryIdentity;

Json snapshots_json(const QuorumInspection& seen) {
  auto list = Json::array();
  for (const auto& snapshot : seen.snapshots) {
    list.push_back({{"end", snapshot.id.end.value()},
                    {"term", snapshot.id.epoch.value()},
                    {"whole", snapshot.content.has_value()}});
  }
  return list;
}

Json damage_json(const QuorumInspection& seen) {
  auto list = Json::array();
  for (const auto& damage : seen.damage) {
    list.push_back({{"file", damage.file},
                    {"position", damage.position ? Json(*damage.position) : Json()},
                    {"what", damage.what},
                    {"fatal", damage.fatal}});
  }
  return list;
}

Json vote_json(const QuorumInspection& seen) {
  const bool voted = seen.state && seen.state->hard.voted_for != raft::kNobody;
  return voted ? Json(seen.state->hard.voted_for.id.value()) : Json();
}

Json item_of(const std::string& path, const DirectoryIdentity& identity,
             const QuorumInspection& seen) {
  const raft::Replica self{identity.node_id, identity.directory_id};
  return {
      {"log_dir", path},
      {"cluster_id", identity.cluster_id},
      {"node_id", identity.node_id.value()},
      {"directory_id", identity.directory_id.to_string()},
      {"is_voter", seen.voters.contains(self)},
      {"voters", voters_json(seen.voters)},
      {"term", seen.state ? Json(seen.state->hard.term.value()) : Json()},
      {"voted_for", vote_json(seen)},
      {"log_start", seen.log.start.value()},
      {"log_end", seen.end.value()},
      {"unfinished_bytes", seen.log.unfinished_bytes},
      {"snapshots", snapshots_json(seen)},
      {"damage", damage_json(seen)},
  };
}

std::string snapshots_text(const QuorumInspection& seen) {
  std::string text;
  for (const auto& snapshot : seen.snapshots) {
    text += fmt::format("{}up to entry {} (term {}{})", text.empty() ? "" : ", ",
                        snapshot.id.end.value(), snapshot.id.epoch.value(),
                        snapshot.content ? "" : ", damaged");
  }
  return text.empty() ? "none" : text;
}

Outcome outcome_of(const std::string& path, const DirectoryIdentity& identity,
                   const QuorumInspection& seen) {
  Outcome outcome;
  outcome.items.push_back(item_of(path, identity, seen));
  outcome.table_footer = {"voters: " + voters_text(seen.voters),
                          "snapshots: " + snapshots_text(seen)};
  if (seen.log.unfinished_bytes > 0) {
    outcome.table_footer.push_back(
        fmt::format("the last {} bytes of the log were never acknowledged; the next start cuts "
                    "them off",
                    seen.log.unfinished_bytes));
  }
  for (const auto& damage : seen.damage) {
    outcome.errors.push_back(
        {ExitCode::kFailed, "CORRUPT", damage.file, damage.describe(),
         damage.fatal ? "restore a backup, or remove the vote and start with an empty directory"
                      : "the node starts all the same, from another snapshot"});
  }
  return outcome;
}

Outcome info(Context& context) {
  const auto files = storage::make_posix_file_system();
  const auto directory = chosen_directory(context.invocation(), *files);
  if (!directory) return Outcome::failed(directory.error());
  const auto identity = storage::LogDirectory::identity_of(*files, directory->path);
  if (!identity) return Outcome::failed(local_problem(identity.error(), directory->path));
  if (!*identity) {
    return Outcome::failed({ExitCode::kFailed, "NOT_FORMATTED", directory->path,
                            directory->path + " is not formatted",
                            "millrace storage format makes it the disk of a node"});
  }
  const auto seen = node::inspect_quorum(*files, directory->path);
  if (!seen) return Outcome::failed(local_problem(seen.error(), directory->path));
  return outcome_of(directory->path, **identity, *seen);
}

std::vector<Field> info_fields() {
  return {
      {"log_dir", FieldType::kString, "the directory"},
      {"cluster_id", FieldType::kString, "cluster that it belongs to"},
      {"node_id", FieldType::kInteger, "node that it belongs to"},
      {"directory_id", FieldType::kString, "its own id"},
      {"is_voter", FieldType::kBoolean, "whether this directory is one of the voters"},
      {"voters", FieldType::kObjects, "the voters that log and snapshots name last", false,
       voter_fields()},
      {"term", FieldType::kInteger,
       "the last election that it knows of; null before its first start", true},
      {"voted_for", FieldType::kInteger, "node that got its vote in that term; null when none did",
       true},
      {"log_start", FieldType::kInteger, "first entry of the metadata log"},
      {"log_end", FieldType::kInteger,
       "offset after the last good entry, in the log or a snapshot"},
      {"unfinished_bytes", FieldType::kInteger,
       "bytes at the end of a write that a crash interrupted"},
      {"snapshots",
       FieldType::kObjects,
       "oldest first",
       false,
       {{"end", FieldType::kInteger, "entries below are contained"},
        {"term", FieldType::kInteger, "of the last of them"},
        {"whole", FieldType::kBoolean, "whether it can be read"}}},
      {"damage",
       FieldType::kObjects,
       "what is not as it should be",
       false,
       {{"file", FieldType::kString, "file or directory"},
        {"position", FieldType::kInteger, "byte; null when it is not one place", true},
        {"what", FieldType::kString, "what is wrong"},
        {"fatal", FieldType::kBoolean, "whether the node refuses to start with it"}}},
  };
}

}  // namespace

Command storage_info_command() {
  return {
      .path = "storage info",
      .summary = "Show whose disk a directory is",
      .details =
          "Reads and changes nothing: identity, voters, term and vote, the metadata log and "
          "its snapshots. Exit code 1 when it is not formatted or something is damaged. Of "
          "a node that runs it shows the moment at which it was read.",
      .options = directory_options(),
      .shape = {.fields = info_fields(),
                .columns = {{"NODE", "node_id"},
                            {"CLUSTER_ID", "cluster_id"},
                            {"DIRECTORY_ID", "directory_id"},
                            {"VOTER", "is_voter"},
                            {"TERM", "term"},
                            {"VOTED_FOR", "voted_for", true},
                            {"LOG_START", "log_start", true},
                            {"LOG_END", "log_end"},
                            {"LOG_DIR", "log_dir"}},
                .name = "directory_id"},
      .examples = {{"millrace storage info -c node.properties", "the node's directory"},
                   {"millrace storage info --log-dir /data -o json | jq '.items[0].voters'",
                    "who votes"}},
      .answer = info,
  };
}

}  // namespace millrace::cli
