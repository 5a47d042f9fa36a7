#include <fmt/format.h>

#include "cli/commands/commands.h"
#include "cli/context.h"
#include "cli/local_problem.h"
#include "cli/offline/controller_list.h"
#include "cli/offline/machine.h"
#include "cli/offline/voter_items.h"
#include "cli/text/id.h"
#include "node/metadata_log/formation.h"
#include "storage/posix/posix_file_system.h"

namespace millrace::cli {
namespace {

using storage::DirectoryIdentity;

/// What the command line asks for.
struct Plan {
  std::string path;
  node::Formation formation;
  std::vector<InitialController> controllers;  // of --initial-controllers
};

Answer<void> check_mode(const Invocation& invocation) {
  int modes = 0;
  for (const char* mode : {"--standalone", "--initial-controllers", "--no-initial-controllers"})
    modes += invocation.has(mode) ? 1 : 0;
  if (modes == 1) return {};
  return problem(usage_problem(
      "--standalone", modes == 0 ? "it is not said who votes" : "who votes is said twice",
      "give one of --standalone, --initial-controllers LIST and --no-initial-controllers"));
}

/// The entry of this node gives the directory its id.
Answer<Plan> with_controllers(Plan plan, const std::string& list) {
  auto controllers = parse_initial_controllers(list);
  if (!controllers) return problem(controllers.error());
  auto& identity = plan.formation.identity;
  const auto own = std::find_if(controllers->begin(), controllers->end(), [&](const auto& each) {
    return each.replica.id == identity.node_id;
  });
  if (own == controllers->end()) {
    return problem(usage_problem(
        "--initial-controllers",
        fmt::format("node {} is not in --initial-controllers", identity.node_id.value()),
        "add it with a directory id, or give a node without a vote --no-initial-controllers"));
  }
  identity.directory_id = own->replica.directory;
  plan.formation.voters = voters_of(*controllers);
  plan.controllers = std::move(*controllers);
  return plan;
}

Answer<Plan> plan_of(const Invocation& invocation, storage::FileSystem& files) {
  CLI_TRY(check_mode(invocation));
  const auto cluster_id = invocation.text_or("--cluster-id", "");
  CLI_TRY(parse_id("--cluster-id", cluster_id));
  const auto directory = chosen_directory(invocation, files);
  if (!directory) return problem(directory.error());
  if (!directory->node_id) {
    return problem(usage_problem("--node-id", "it is not said which node the directory is for",
                                 "give --node-id N, or set node.id in the configuration"));
  }
  Plan plan;
  plan.path = directory->path;
  auto& identity = plan.formation.identity;
  identity = {cluster_id, *directory->node_id, DirectoryId()};
  if (const auto list = invocation.text("--initial-controllers"))
    return with_controllers(std::move(plan), *list);
  identity.directory_id = DirectoryId(random_uuid());
  if (invocation.has("--standalone"))
    plan.formation.voters = raft::VoterSet({{identity.node_id, identity.directory_id}});
  return plan;
}

std::string identity_text(const DirectoryIdentity& identity) {
  return fmt::format("node {} of cluster {}, directory {}", identity.node_id.value(),
                     identity.cluster_id, identity.directory_id.to_string());
}

/// Whether a directory that is formatted is what the command line asks for. Without a list of
/// voters any directory id will do.
bool is_as_planned(const Plan& plan, const DirectoryIdentity& found) {
  const auto& wanted = plan.formation.identity;
  return found.cluster_id == wanted.cluster_id && found.node_id == wanted.node_id &&
         (plan.controllers.empty() || found.directory_id == wanted.directory_id);
}

Problem formatted_already(const Plan& plan, const DirectoryIdentity& found) {
  return {ExitCode::kFailed, "ALREADY_EXISTS", plan.path,
          fmt::format("{} is formatted already: {}", plan.path, identity_text(found)),
          is_as_planned(plan, found)
              ? "--ignore-formatted takes that for done; for another cluster use an empty directory"
              : fmt::format("it is not {}: use an empty directory, or correct the command line",
                            identity_text(plan.formation.identity))};
}

Json item_of(const Plan& plan, const DirectoryIdentity& identity, bool fresh) {
  const bool listed = !plan.controllers.empty();
  const auto& voters = plan.formation.voters;
  return {
      {"log_dir", plan.path},
      {"result", fresh ? "formatted" : "was formatted"},
      {"cluster_id", identity.cluster_id},
      {"node_id", identity.node_id.value()},
      {"directory_id", identity.directory_id.to_string()},
      {"voters", voters && fresh ? voters_json(*voters) : Json::array()},
      {"controller_quorum_voters", listed ? Json(quorum_voters(plan.controllers)) : Json()},
      {"controller_quorum_bootstrap_servers",
       listed ? Json(quorum_bootstrap_servers(plan.controllers)) : Json()},
  };
}

Outcome outcome_of(const Plan& plan, const DirectoryIdentity& identity, bool fresh) {
  Outcome outcome;
  outcome.items.push_back(item_of(plan, identity, fresh));
  if (plan.controllers.empty()) return outcome;
  if (const auto advice = advice_on_count(plan.controllers.size()); !advice.empty())
    outcome.notes.push_back(advice);
  outcome.table_footer = {
      "every node's configuration says where to look, in one of two ways:",
      "controller.quorum.bootstrap.servers=" + quorum_bootstrap_servers(plan.controllers),
      "controller.quorum.voters=" + quorum_voters(plan.controllers),
  };
  return outcome;
}

Outcome format(Context& context) {
  const auto files = storage::make_posix_file_system();
  const auto plan = plan_of(context.invocation(), *files);
  if (!plan) return Outcome::failed(plan.error());
  const auto formed = node::form(*files, plan->path, plan->formation, wall_now());
  if (formed) return outcome_of(*plan, plan->formation.identity, true);
  auto failed = Outcome::failed(local_problem(formed.error(), plan->path));
  if (formed.error().code == ErrorCode::kNotFound)
    failed.errors.front().hint = "create the directory that it shall lie in first";
  if (formed.error().code != ErrorCode::kAlreadyExists) return failed;
  const auto found = storage::LogDirectory::identity_of(*files, plan->path);
  if (!found || !*found) return failed;
  if (context.invocation().has("--ignore-formatted") && is_as_planned(*plan, **found))
    return outcome_of(*plan, **found, false);
  return Outcome::failed(formatted_already(*plan, **found));
}

std::vector<Option> format_options() {
  std::vector<Option> options = {
      {.names = "-t,--cluster-id",
       .value = "ID",
       .text = "the cluster's id, the same for all its nodes; millrace storage random-uuid makes "
               "one",
       .required = true}};
  for (auto& option : directory_options()) options.push_back(std::move(option));
  const std::vector<Option> rest = {
      {.names = "--node-id",
       .value = "N",
       .text = "the node's number, unique in the cluster, with --log-dir",
       .kind = ValueKind::kInteger},
      {.names = "--standalone",
       .text = "this node forms a quorum of one; others can be made voters later",
       .kind = ValueKind::kFlag},
      {.names = "--initial-controllers",
       .value = "LIST",
       .text = "the first voters, ID@HOST:PORT:DIRECTORY_ID with commas between, the same list "
               "for each of them; the entry of this node gives its directory the id"},
      {.names = "--no-initial-controllers",
       .text = "this node joins a quorum that others form, without a vote until it gets one",
       .kind = ValueKind::kFlag},
      {.names = "--ignore-formatted",
       .text = "a directory that is this node's already is no error; it is left as it is",
       .kind = ValueKind::kFlag},
  };
  options.insert(options.end(), rest.begin(), rest.end());
  return options;
}

std::vector<Field> format_fields() {
  return {
      {"log_dir", FieldType::kString, "the directory"},
      {"result", FieldType::kString, "formatted, or was formatted (with --ignore-formatted)"},
      {"cluster_id", FieldType::kString, "cluster that it belongs to"},
      {"node_id", FieldType::kInteger, "node that it belongs to"},
      {"directory_id", FieldType::kString, "its own id, for ever"},
      {"voters", FieldType::kObjects, "the voters that were written", false, voter_fields()},
      {"controller_quorum_voters", FieldType::kString,
       "value for the configuration; null without --initial-controllers", true},
      {"controller_quorum_bootstrap_servers", FieldType::kString,
       "the other way to say it; null without --initial-controllers", true},
  };
}

}  // namespace

Command storage_format_command() {
  return {
      .path = "storage format",
      .summary = "Make a directory the disk of a node",
      .details =
          "Forming a cluster is an explicit act: a node never makes itself a voter, or two that "
          "lost their disks could outvote the one that remembers. Run it once for each node, "
          "before its first start. --initial-controllers says who decides: one, three or five "
          "nodes, spread so that no availability zone holds a majority of them. Zones are not in "
          "the list, so nothing can check that here. HOST:PORT only says where to look for each; "
          "it is printed as a line for the configuration. All of it is written, or the directory "
          "is as if nothing had happened and can be formatted again.",
      .options = format_options(),
      .shape = {.fields = format_fields(),
                .columns = {{"RESULT", "result"},
                            {"NODE", "node_id"},
                            {"CLUSTER_ID", "cluster_id"},
                            {"DIRECTORY_ID", "directory_id"},
                            {"LOG_DIR", "log_dir"}},
                .name = "directory_id"},
      .examples = {{"millrace storage format -t $CLUSTER -c node.properties --standalone",
                    "a quorum of one"},
                   {"millrace storage format -t $CLUSTER -c node.properties "
                    "--initial-controllers "
                    "1@node-1:9093:$DIR_1,2@node-2:9093:$DIR_2,3@node-3:9093:$DIR_3",
                    "one of the first three voters"},
                   {"millrace storage format -t $CLUSTER --log-dir /data --node-id 4 "
                    "--no-initial-controllers",
                    "a node that joins"}},
      .answer = format,
  };
}

}  // namespace millrace::cli
