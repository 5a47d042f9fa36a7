#include "cli/parse.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>
#include <memory>
#include <optional>

#include "cli/check_values.h"
#include "cli/command_table.h"
#include "cli/text/duration.h"
#include "cli/text/nearest.h"

namespace millrace::cli {
namespace {

constexpr const char* kDefaultBootstrap = "localhost:9092";
constexpr const char* kBootstrapVariable = "MILLRACE_BOOTSTRAP_SERVERS";

void add_options(CLI::App& app, const std::vector<Option>& options) {
  for (const auto& option : options) {
    if (option.kind == ValueKind::kFlag) {
      app.add_flag(option.names);
    } else {
      app.add_option(option.names)
          ->expected(1)
          ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    }
  }
}

// CLI11 only splits the line: nothing is required or limited here, so that every complaint is ours
// and names what is near. Unknown words and flags end up in the root's remaining().
void prepare(CLI::App& app) {
  app.allow_extras();
  app.require_subcommand(0, 1);
  app.fallthrough();
  app.set_help_flag("");
  app.add_flag("-h,--help");
}

std::unique_ptr<CLI::App> build_app() {
  auto root = std::make_unique<CLI::App>("", "millrace");
  prepare(*root);
  add_options(*root, global_options());
  root->add_flag("--version");
  std::map<std::string, CLI::App*> nouns;
  for (const auto& noun : all_nouns()) {
    nouns[noun.name] = root->add_subcommand(noun.name);
    prepare(*nouns[noun.name]);
  }
  for (const auto& command : all_commands()) {
    const auto space = command.path.find(' ');
    const auto noun = command.path.substr(0, space);
    CLI::App* parent = space == std::string::npos ? root.get() : nouns.at(noun);
    auto* leaf = parent->add_subcommand(command.path.substr(space + 1));
    prepare(*leaf);
    add_options(*leaf, command.options);
    if (command.argument.max != 0) leaf->add_option("arguments")->expected(0, 1 << 20);
  }
  return root;
}

// The words that were recognised, "topic create", and the deepest app that they lead to.
struct Reached {
  std::string path;
  CLI::App* leaf;
};
Reached reached(CLI::App& root) {
  Reached at{"", &root};
  while (!at.leaf->get_subcommands().empty()) {
    at.leaf = at.leaf->get_subcommands().front();
    at.path += (at.path.empty() ? "" : " ") + at.leaf->get_name();
  }
  return at;
}

bool asks(const CLI::App& app, const std::string& flag) {
  return app.get_option_no_throw(flag) != nullptr && app.count(flag) > 0;
}

bool asks_for_help(CLI::App& root, CLI::App& leaf) {
  if (asks(root, "--help") || asks(leaf, "--help")) return true;
  return leaf.get_parent() != nullptr && asks(*leaf.get_parent(), "--help");
}

Values values_of(CLI::App& app, const std::vector<Option>& options) {
  Values values;
  for (const auto& option : options) {
    const auto* parsed = app.get_option(option.key());
    if (parsed->count() > 0) values[option.key()] = parsed->results();
  }
  return values;
}

std::vector<std::string> flags_of(const Command* command) {
  std::vector<std::string> flags;
  if (command != nullptr) {
    for (const auto& option : command->options) flags.push_back(option.key());
  }
  for (const auto& option : global_options()) flags.push_back(option.key());
  return flags;
}

std::string help_hint(const std::string& path) {
  return fmt::format("see millrace {}{}--help", path, path.empty() ? "" : " ");
}

std::string or_help(const std::string& hint, const std::string& path) {
  return hint.empty() ? help_hint(path) : hint;
}

Problem unknown_flag(const std::string& word, const std::string& path) {
  const auto flag = word.substr(0, word.find('='));
  const auto hint = did_you_mean(flag, flags_of(find_command(path)));
  return usage_problem(
      flag, fmt::format("millrace {}{}has no flag {}", path, path.empty() ? "" : " ", flag),
      or_help(hint, path));
}

Problem unknown_command(const std::string& word, const std::string& path) {
  const auto hint = did_you_mean(word, words_after(path));
  return usage_problem(
      word, fmt::format("'{}' is not a millrace {}command", word, path.empty() ? "" : path + " "),
      or_help(hint, path));
}

Answer<void> check_remaining(const std::vector<std::string>& remaining, const std::string& path) {
  for (const auto& word : remaining) {
    if (word.size() > 1 && word.front() == '-') return problem(unknown_flag(word, path));
  }
  const Command* command = find_command(path);
  if (remaining.empty() || command != nullptr) return {};
  return problem(unknown_command(remaining.front(), path));
}

Answer<Globals> globals_of(CLI::App& root, const Environment& environment) {
  const auto values = values_of(root, global_options());
  CLI_TRY(check_values(global_options(), values));
  Globals globals;
  globals.bootstrap = kDefaultBootstrap;
  globals.bootstrap_origin = "the default";
  if (const auto variable = environment(kBootstrapVariable); variable && !variable->empty()) {
    globals.bootstrap = *variable;
    globals.bootstrap_origin = fmt::format("from {}", kBootstrapVariable);
  }
  if (const auto found = values.find("--bootstrap-server"); found != values.end()) {
    globals.bootstrap = found->second.back();
    globals.bootstrap_origin = "from -b";
  }
  if (const auto found = values.find("--output"); found != values.end()) {
    globals.output = *output_format_named(found->second.back());
    globals.output_given = true;
  }
  if (const auto found = values.find("--timeout"); found != values.end()) {
    globals.timeout = *parse_duration(found->second.back(), "--timeout");
    if (globals.timeout.count() == 0) {
      return problem(usage_problem("--timeout", "--timeout 0s leaves no time to connect"));
    }
  }
  if (const auto found = values.find("--property"); found != values.end()) {
    for (const auto& property : found->second) {
      const auto equals = std::min(property.find('='), property.size());
      globals.properties.emplace_back(property.substr(0, equals),
                                      property.substr(std::min(equals + 1, property.size())));
    }
  }
  return globals;
}

Answer<Parsed> parse_command(CLI::App& root, const Reached& at, const Command& command,
                             const std::vector<std::string>& verbatim,
                             const Environment& environment) {
  auto values = values_of(*at.leaf, command.options);
  std::vector<std::string> arguments;
  if (const auto* positional = at.leaf->get_option_no_throw("arguments")) {
    arguments = positional->results();
  }
  for (const auto& word : root.remaining(true)) arguments.push_back(word);
  arguments.insert(arguments.end(), verbatim.begin(), verbatim.end());
  CLI_TRY(check_arguments(command, arguments));
  CLI_TRY(check_values(command.options, values));
  auto globals = globals_of(root, environment);
  if (!globals) return problem(std::move(globals).error());
  Parsed parsed;
  parsed.invocation = Invocation(command, std::move(arguments), std::move(values));
  parsed.invocation.globals = std::move(*globals);
  return parsed;
}

// "-X list" and "-X help" ask what there is.
bool asks_for_properties(CLI::App& root) {
  const auto values = root.get_option("--property")->results();
  return std::any_of(values.begin(), values.end(),
                     [](const auto& value) { return value == "list" || value == "help"; });
}

// What stands behind "--" are arguments, however they begin; CLI11 sees only what stands before.
struct Line {
  std::vector<std::string> words;
  std::vector<std::string> verbatim;
};
Line line_of(const std::vector<std::string>& args) {
  const auto mark = std::find(args.begin(), args.end(), "--");
  Line line{{args.begin(), mark}, {}};
  if (mark != args.end()) line.verbatim.assign(mark + 1, args.end());
  return line;
}

// What is wrong, if CLI11 could not split the words: a flag lacks its value.
std::optional<std::string> split(CLI::App& root, const std::vector<std::string>& words) {
  try {
    // CLI11 takes the words from the back of the vector.
    root.parse(std::vector<std::string>(words.rbegin(), words.rend()));
  } catch (const CLI::ArgumentMismatch& error) {
    const std::string text = error.what();
    return text.substr(0, text.find(':')) + " needs a value";
  } catch (const CLI::ParseError& error) {
    return error.what();
  }
  return std::nullopt;
}

}  // namespace

Answer<Parsed> parse(const std::vector<std::string>& args, const Environment& environment) {
  const auto root = build_app();
  const auto line = line_of(args);
  const auto complaint = split(*root, line.words);
  const auto at = reached(*root);
  if (complaint) {
    return problem(usage_problem(at.path, *complaint, help_hint(at.path)));
  }
  if (asks_for_help(*root, *at.leaf)) return Parsed{Parsed::Kind::kHelp, at.path, {}};
  if (asks(*root, "--version")) return Parsed{Parsed::Kind::kVersion, "", {}};
  if (asks_for_properties(*root)) return Parsed{Parsed::Kind::kProperties, "", {}};
  CLI_TRY(check_remaining(root->remaining(true), at.path));
  const Command* command = find_command(at.path);
  if (command == nullptr) return Parsed{Parsed::Kind::kNothing, at.path, {}};
  return parse_command(*root, at, *command, line.verbatim, environment);
}

Answer<Globals> parse_globals(const std::vector<std::string>& args,
                              const Environment& environment) {
  const auto root = build_app();
  if (const auto complaint = split(*root, line_of(args).words)) {
    return problem(usage_problem("", *complaint));
  }
  return globals_of(*root, environment);
}

Glimpse glimpse(const std::vector<std::string>& args) {
  Glimpse seen;
  const auto root = build_app();
  // Also of a line that cannot be split: what was read until then is there.
  (void)split(*root, line_of(args).words);
  seen.command = reached(*root).path;
  const auto* output = root->get_option("--output");
  if (output->count() > 0) {
    seen.output = output_format_named(output->results().back()).value_or(OutputFormat::kTable);
  }
  return seen;
}

}  // namespace millrace::cli
