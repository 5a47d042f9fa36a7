#include "cli/help.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "cli/command_table.h"

namespace millrace::cli {
namespace {

constexpr std::size_t kTextWidth = 96;
constexpr std::size_t kOptionIndent = 6;
constexpr const char* kExitCodes =
    "0 all done; 1 something failed or the answer is no; 2 wrong usage; 3 no node could be "
    "reached; 4 timed out waiting";

std::string wrapped(const std::string& text, std::size_t indent) {
  std::string out;
  std::string line(indent, ' ');
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find(' ', at), text.size());
    const auto word = text.substr(at, end - at);
    if (line.size() > indent && line.size() + 1 + word.size() > kTextWidth) {
      out += line + "\n";
      line.assign(indent, ' ');
    }
    line += (line.size() > indent ? " " : "") + word;
    at = end + 1;
  }
  return out + line + "\n";
}

std::string spelled(const Option& option, const char* separator) {
  std::string names = option.names;
  for (auto comma = names.find(','); comma != std::string::npos;
       comma = names.find(',', comma + 2)) {
    names.replace(comma, 1, separator);
  }
  return option.value.empty() ? names : names + " " + option.value;
}

std::string explained(const Option& option) {
  std::string text = option.text;
  if (!option.choices.empty()) {
    text += fmt::format("; one of {}", fmt::join(option.choices, ", "));
  }
  if (!option.fallback.empty()) text += fmt::format(" (default: {})", option.fallback);
  if (option.repeatable) text += " (may be repeated)";
  if (option.required) text += " (required)";
  return text;
}

std::string options_text(const std::vector<Option>& options) {
  std::string out;
  for (const auto& option : options) {
    out += "  " + spelled(option, ", ") + "\n" + wrapped(explained(option), kOptionIndent);
  }
  return out;
}

std::string usage_line(const Command& command) {
  std::string line = "millrace " + command.path;
  const auto& argument = command.argument;
  if (argument.max != 0) {
    const auto name = argument.name + (argument.max < 0 ? "..." : "");
    line += argument.min > 0 ? " " + name : " [" + name + "]";
  }
  return line + " [flags]";
}

std::string command_help(const Command& command) {
  std::string out = command.summary + ".\n\nUsage: " + usage_line(command) + "\n\n";
  out += wrapped(command.details, 0);
  if (!command.options.empty()) out += "\nFlags:\n" + options_text(command.options);
  out += "\nFlags of every command:\n" + options_text(global_options());
  out += "\nExamples:\n";
  for (const auto& example : command.examples) {
    out += fmt::format("  # {}\n  {}\n", example.text, example.line);
  }
  return out + "\nExit codes: " + kExitCodes + "\n";
}

std::string row(const std::string& name, const std::string& text) {
  return fmt::format("  {:<21}{}\n", name, text);
}

std::string noun_help(const Noun& noun) {
  std::string out = fmt::format("millrace {}: {}.\n\n", noun.name, noun.summary);
  for (const auto& word : words_after(noun.name)) {
    out += row(noun.name + " " + word, find_command(noun.name + " " + word)->summary);
  }
  return out + fmt::format("\nmillrace {} VERB --help shows flags and examples.\n", noun.name);
}

std::string program_help() {
  std::string out =
      "millrace: the command for Millrace and every other Kafka-compatible cluster.\n\n"
      "Usage: millrace COMMAND [flags]\n\nCommands:\n";
  for (const auto& command : all_commands()) {
    if (!command.hidden) out += row(command.path, command.summary);
  }
  out += "\nFlags of every command:\n" + options_text(global_options());
  out += "  -h, --help\n      help for a command\n  --version\n      the version\n";
  out += "\nExamples:\n";
  out += "  millrace cluster info\n  millrace topic create orders --partitions 3\n";
  out += "  echo hello | millrace produce orders\n";
  out += "  millrace consume orders --exit-at-end\n";
  return out + "\nExit codes: " + kExitCodes + "\n";
}

Json option_json(const Option& option) {
  Json json = {{"flags", option.names},
               {"value", option.value},
               {"text", option.text},
               {"default", option.fallback},
               {"repeatable", option.repeatable},
               {"required", option.required}};
  json["choices"] = option.choices;
  return json;
}

Json options_json(const std::vector<Option>& options) {
  Json list = Json::array();
  for (const auto& option : options) list.push_back(option_json(option));
  return list;
}

Json command_json(const Command& command) {
  Json examples = Json::array();
  for (const auto& example : command.examples) {
    examples.push_back({{"line", example.line}, {"text", example.text}});
  }
  Json columns = Json::array();
  for (const auto& column : command.shape.columns) columns.push_back(column.title);
  return {{"path", command.path},
          {"summary", command.summary},
          {"details", command.details},
          {"usage", usage_line(command)},
          {"flags", options_json(command.options)},
          {"tsv_columns", columns},
          {"examples", examples}};
}

std::string cell(std::string text) {
  for (auto bar = text.find('|'); bar != std::string::npos; bar = text.find('|', bar + 2)) {
    text.replace(bar, 1, "\\|");
  }
  return text;
}

std::string options_table(const std::vector<Option>& options) {
  std::string out = "| flag | meaning |\n|---|---|\n";
  for (const auto& option : options) {
    out += fmt::format("| `{}` | {} |\n", spelled(option, "`, `"), cell(explained(option)));
  }
  return out + "\n";
}

std::string fields_table(const std::vector<Field>& fields, const std::string& prefix) {
  std::string out;
  for (const auto& field : fields) {
    const bool list = field.type == FieldType::kObjects || field.type == FieldType::kIntegers;
    const auto name = prefix + field.name + (list ? "[]" : "");
    out += fmt::format("| `{}` | {} |\n", name, cell(field.text));
    out += fields_table(field.fields, name + ".");
  }
  return out;
}

std::string command_markdown(const Command& command) {
  std::string out =
      fmt::format("## millrace {}\n\n{}.\n\n```console\n{}\n```\n\n{}\n\n", command.path,
                  command.summary, usage_line(command), command.details);
  if (!command.options.empty()) out += options_table(command.options);
  if (!command.shape.fields.empty()) {
    out += "JSON items:\n\n| field | meaning |\n|---|---|\n";
    out += fields_table(command.shape.fields, "") + "\n";
    std::vector<std::string> titles;
    for (const auto& column : command.shape.columns) titles.push_back(column.title);
    out += fmt::format("tsv columns: {}\n\n", fmt::join(titles, ", "));
  }
  out += "Examples:\n\n```console\n";
  for (const auto& example : command.examples) {
    out += fmt::format("# {}\n{}\n", example.text, example.line);
  }
  return out + "```\n\n";
}

const Noun* find_noun(const std::string& name) {
  for (const auto& noun : all_nouns()) {
    if (noun.name == name) return &noun;
  }
  return nullptr;
}

}  // namespace

bool has_help(const std::string& path) {
  return path.empty() || find_noun(path) != nullptr || find_command(path) != nullptr;
}

std::string help_text(const std::string& path) {
  if (path.empty()) return program_help();
  if (const auto* noun = find_noun(path)) return noun_help(*noun);
  return command_help(*find_command(path));
}

Json help_json(const std::string& path) {
  Json commands = Json::array();
  for (const auto& command : all_commands()) {
    const bool below = path.empty() || command.path == path || command.path.starts_with(path + " ");
    if (below && !command.hidden) commands.push_back(command_json(command));
  }
  return {{"command", "help"},
          {"version", 1},
          {"items", commands},
          {"errors", Json::array()},
          {"global_flags", options_json(global_options())}};
}

std::string help_markdown() {
  std::string out =
      "# The millrace command\n\n"
      "Made from the command table by `millrace help --markdown`; a test compares this page with "
      "it.\n\n";
  out += "It speaks Kafka's protocol and works against any Kafka cluster.\n\n";
  out += fmt::format("Exit codes: {}.\n\n", kExitCodes);
  out +=
      "With `-o json` or `-o yaml` standard output is exactly one document, errors included: "
      "`{\"command\", \"version\", \"items\", \"errors\"}`, where each error has `code`, `target`, "
      "`message` and `hint`. (`consume` prints one record a line instead.) `-o tsv` has no header, "
      "`-` for what is empty, and columns whose order stays.\n\n";
  out += "## Flags of every command\n\n" + options_table(global_options());
  for (const auto& command : all_commands()) {
    if (!command.hidden) out += command_markdown(command);
  }
  while (out.ends_with("\n\n")) out.pop_back();
  return out;
}

}  // namespace millrace::cli
