#include <fmt/format.h>

#include "cli/commands/commands.h"
#include "cli/context.h"
#include "cli/local_problem.h"
#include "cli/offline/machine.h"
#include "cli/offline/voter_items.h"
#include "node/metadata_log/forced_recovery.h"
#include "storage/posix/posix_file_system.h"

namespace millrace::cli {
namespace {

constexpr const char* kConsent = "--i-understand-that-committed-changes-may-be-lost";

Answer<void> check_consent(const Invocation& invocation) {
  if (invocation.has(kConsent)) return {};
  return problem(usage_problem(
      kConsent,
      "this may lose committed changes: topics, settings and leaders that only the other "
      "voters knew of",
      fmt::format("start the other voters if any of them can be saved; if not, add {}", kConsent)));
}

/// What has to follow, in order: a voter of before that came back with its disk would still count
/// itself to the old quorum.
std::vector<std::string> next_steps(const node::ForcedRecovery& done) {
  const auto id = done.self.id.value();
  return {
      "next:",
      "1. never start another node of this cluster with the disk that it has: keep a copy, empty "
      "it and run millrace storage format --no-initial-controllers on it, or the old voters form "
      "the old quorum again beside this one",
      fmt::format("2. start node {}; it leads alone", id),
      "3. start the others; when they have caught up, millrace quorum add-voter for each that "
      "shall vote, until three in three zones do",
      fmt::format("if this was a mistake and node {} has not started: put {} back in place of "
                  "__cluster_metadata-0",
                  id, done.backup),
  };
}

Outcome recover(Context& context) {
  if (const auto agreed = check_consent(context.invocation()); !agreed)
    return Outcome::failed(agreed.error());
  const auto files = storage::make_posix_file_system();
  const auto directory = chosen_directory(context.invocation(), *files);
  if (!directory) return Outcome::failed(directory.error());
  const auto done = node::recover_quorum(*files, directory->path, wall_now());
  if (!done) return Outcome::failed(local_problem(done.error(), directory->path));
  Outcome outcome;
  outcome.items.push_back({{"log_dir", directory->path},
                           {"node_id", done->self.id.value()},
                           {"directory_id", done->self.directory.to_string()},
                           {"term", done->term.value()},
                           {"offset", done->offset.value()},
                           {"voters_before", voters_json(done->voters_before)},
                           {"backup", done->backup}});
  outcome.table_footer = next_steps(*done);
  return outcome;
}

}  // namespace

Command storage_recover_quorum_command() {
  auto options = directory_options();
  options.push_back({.names = kConsent,
                     .text = "say that you do; without it nothing is done",
                     .kind = ValueKind::kFlag});
  return {
      .path = "storage recover-quorum",
      .summary = "Make the last surviving disk a quorum of its own",
      .details =
          "For a cluster whose majority of voters lost their disks for ever, and for nothing else. "
          "The node does not run. Its directory becomes the only voter, in a term far above all "
          "that the lost voters can have used; everything in its metadata log is kept. A copy of "
          "the log is left beside it. Take the survivor whose log reaches furthest (millrace "
          "storage info: the largest term of the last entry, then the largest log_end). The "
          "disks of all other nodes must be formatted anew with --no-initial-controllers: they "
          "may hold what this one does not, and their voters still make a majority of the old "
          "quorum.",
      .options = std::move(options),
      .shape = {.fields = {{"log_dir", FieldType::kString, "the directory"},
                           {"node_id", FieldType::kInteger, "the only voter"},
                           {"directory_id", FieldType::kString, "its directory"},
                           {"term", FieldType::kInteger, "of the entry that was written"},
                           {"offset", FieldType::kInteger,
                            "of that entry; all below were kept, committed or not"},
                           {"voters_before", FieldType::kObjects, "who voted before", false,
                            voter_fields()},
                           {"backup", FieldType::kString,
                            "copy of the metadata log as it was before"}},
                .columns = {{"NODE", "node_id"},
                            {"TERM", "term"},
                            {"OFFSET", "offset"},
                            {"DIRECTORY_ID", "directory_id", true},
                            {"LOG_DIR", "log_dir", true},
                            {"BACKUP", "backup"}},
                .name = "node_id"},
      .examples = {{"millrace storage recover-quorum --log-dir /data "
                    "--i-understand-that-committed-changes-may-be-lost",
                    "on the survivor"}},
      .answer = recover,
  };
}

}  // namespace millrace::cli
