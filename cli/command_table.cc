#include "cli/command_table.h"

#include <algorithm>

#include "cli/commands/commands.h"
#include "cli/output/format.h"

namespace millrace::cli {

const std::vector<Command>& all_commands() {
  static const std::vector<Command> commands = {
      topic_create_command(),
      topic_list_command(),
      topic_describe_command(),
      topic_alter_command(),
      topic_delete_command(),
      produce_command(),
      consume_command(),
      cluster_info_command(),
      cluster_health_command(),
      node_list_command(),
      node_describe_command(),
      quorum_describe_command(),
      quorum_add_voter_command(),
      quorum_remove_voter_command(),
      quorum_transfer_command(),
      storage_random_uuid_command(),
      storage_format_command(),
      storage_info_command(),
      storage_recover_quorum_command(),
      metadata_dump_command(),
      tls_init_ca_command(),
      tls_issue_command(),
      completion_command(),
      help_command(),
      complete_command(),
  };
  return commands;
}

const std::vector<Noun>& all_nouns() {
  static const std::vector<Noun> nouns = {
      {"topic", "create, look at, change and delete topics"},
      {"cluster", "look at the cluster as a whole"},
      {"node", "look at its nodes"},
      {"quorum", "look at who decides about metadata, and change it"},
      {"storage", "form, look at and recover the disk of a node that does not run"},
      {"metadata", "look at the metadata log of a node that does not run"},
      {"tls", "make the certificates of nodes"},
  };
  return nouns;
}

const std::vector<Option>& global_options() {
  static const std::vector<Option> options = {
      {.names = "-b,--bootstrap-server",
       .value = "HOST:PORT,...",
       .text = "nodes to ask first; any of the cluster will do. Without it "
               "MILLRACE_BOOTSTRAP_SERVERS counts, then localhost:9092",
       .kind = ValueKind::kText},
      {.names = "-o,--output",
       .value = "FORMAT",
       .text = "how results are printed. tsv-header prints tsv's first line and schema the JSON "
               "schema, both without connecting",
       .kind = ValueKind::kChoice,
       .fallback = "table",
       .choices = output_format_names()},
      {.names = "--timeout",
       .value = "DURATION",
       .text = "limit for connecting and for each request",
       .kind = ValueKind::kDuration,
       .fallback = "15s"},
      {.names = "-X,--property",
       .value = "KEY=VALUE",
       .text = "a client property, in librdkafka's names, such as security.protocol=ssl; "
               "-X list names them",
       .kind = ValueKind::kText,
       .repeatable = true},
  };
  return options;
}

const Command* find_command(const std::string& path) {
  const auto& commands = all_commands();
  const auto found = std::find_if(commands.begin(), commands.end(),
                                  [&](const Command& command) { return command.path == path; });
  return found == commands.end() ? nullptr : &*found;
}

std::vector<std::string> words_after(const std::string& noun) {
  std::vector<std::string> words;
  for (const auto& command : all_commands()) {
    if (command.hidden) continue;
    const auto space = command.path.find(' ');
    const auto first = command.path.substr(0, space);
    if (noun.empty()) {
      if (words.empty() || words.back() != first) words.push_back(first);
    } else if (first == noun && space != std::string::npos) {
      words.push_back(command.path.substr(space + 1));
    }
  }
  return words;
}

}  // namespace millrace::cli
