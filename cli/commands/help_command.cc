#include <fmt/format.h>
#include <fmt/ranges.h>

#include <ostream>

#include "cli/command_table.h"
#include "cli/commands/commands.h"
#include "cli/context.h"
#include "cli/help.h"
#include "cli/text/nearest.h"

namespace millrace::cli {
namespace {

std::vector<Problem> show_help(Context& context) {
  const auto& invocation = context.invocation();
  const auto path = fmt::format("{}", fmt::join(invocation.arguments(), " "));
  auto& out = context.io().out;
  if (!has_help(path)) {
    std::vector<std::string> paths;
    for (const auto& command : all_commands()) {
      if (!command.hidden) paths.push_back(command.path);
    }
    return {usage_problem(path, fmt::format("there is no command '{}'", path),
                          did_you_mean(path, paths))};
  }
  if (invocation.has("--markdown")) {
    out << help_markdown();
  } else if (invocation.has("--json") || context.globals().output == OutputFormat::kJson) {
    out << help_json(path).dump(2) << "\n";
  } else {
    out << help_text(path);
  }
  return {};
}

}  // namespace

Command help_command() {
  return {
      .path = "help",
      .summary = "Show help",
      .details = "The same as --help after a command.",
      .argument = {.name = "COMMAND", .text = "words of the command", .max = 2},
      .options = {{.names = "--json",
                   .text = "the whole tree, or one command, as JSON",
                   .kind = ValueKind::kFlag},
                  {.names = "--markdown",
                   .text = "the reference page docs/reference/cli.md",
                   .kind = ValueKind::kFlag}},
      .examples = {{"millrace help topic create", "one command"},
                   {"millrace help --json | jq -r '.items[].path'", "all commands"}},
      .stream = show_help,
      .refused_formats = {OutputFormat::kWide, OutputFormat::kYaml, OutputFormat::kTsv,
                          OutputFormat::kName, OutputFormat::kTsvHeader, OutputFormat::kSchema},
  };
}

}  // namespace millrace::cli
