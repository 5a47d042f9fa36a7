#include "cli/completion.h"

#include <algorithm>

#include "cli/command_table.h"

namespace millrace::cli {
namespace {

const Option* option_named(const std::vector<Option>& options, const std::string& word) {
  for (const auto& option : options) {
    std::string names = "," + option.names + ",";
    if (names.find("," + word + ",") != std::string::npos) return &option;
  }
  return nullptr;
}

const Option* option_of(const Command* command, const std::string& word) {
  const Option* found = command == nullptr ? nullptr : option_named(command->options, word);
  return found != nullptr ? found : option_named(global_options(), word);
}

// Where the line stands before its last word.
struct Place {
  std::string path;
  const Command* command = nullptr;
  std::size_t arguments = 0;
  const Option* waiting = nullptr;  // an option whose value comes next
};

void take(const std::string& word, Place& place) {
  if (place.waiting != nullptr) {
    place.waiting = nullptr;
  } else if (word.starts_with("-")) {
    const auto* option = option_of(place.command, word);
    if (option != nullptr && option->kind != ValueKind::kFlag) place.waiting = option;
  } else if (place.command != nullptr) {
    ++place.arguments;
  } else {
    place.path += (place.path.empty() ? "" : " ") + word;
    place.command = find_command(place.path);
  }
}

std::vector<std::string> flags_at(const Place& place) {
  std::vector<std::string> flags;
  if (place.command != nullptr) {
    for (const auto& option : place.command->options) flags.push_back(option.key());
  }
  for (const auto& option : global_options()) flags.push_back(option.key());
  flags.emplace_back("--help");
  return flags;
}

std::vector<std::string> arguments_at(const Place& place, const TopicNames& topic_names) {
  const auto& argument = place.command->argument;
  if (argument.max >= 0 && place.arguments >= static_cast<std::size_t>(argument.max)) return {};
  if (argument.is_topic) return topic_names();
  if (place.command->path == "help") return words_after("");
  return argument.choices;
}

std::vector<std::string> candidates(const Place& place, const std::string& typed,
                                    const TopicNames& topic_names) {
  if (place.waiting != nullptr) return place.waiting->choices;
  if (typed.starts_with("-")) return flags_at(place);
  if (place.command == nullptr) return words_after(place.path);
  return arguments_at(place, topic_names);
}

constexpr const char* kBash =
    R"sh(# bash completion for millrace: source <(millrace completion bash)
_millrace() {
  local line=${COMP_LINE:0:COMP_POINT} words
  read -ra words <<<"$line"
  [[ $line == *[[:space:]] ]] && words+=("")
  local candidates
  candidates=$("${words[0]}" __complete -- "${words[@]:1}" 2>/dev/null)
  local IFS=$'\n'
  COMPREPLY=($candidates)
}
complete -o default -F _millrace millrace
)sh";

constexpr const char* kZsh = R"sh(#compdef millrace
# zsh completion for millrace: source <(millrace completion zsh)
_millrace() {
  local -a candidates
  candidates=(${(f)"$(${words[1]} __complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)"})
  if (( ${#candidates} )); then
    compadd -a candidates
  else
    _files
  fi
}
if [[ $zsh_eval_context == *loadautofunc ]]; then
  _millrace "$@"
else
  compdef _millrace millrace
fi
)sh";

constexpr const char* kFish = R"sh(# fish completion for millrace: millrace completion fish | source
function __millrace_complete
  set -l words (commandline -opc) (commandline -ct)
  $words[1] __complete -- $words[2..-1] 2>/dev/null
end
complete -c millrace -f -a '(__millrace_complete)'
)sh";

}  // namespace

std::vector<std::string> completions(const std::vector<std::string>& words,
                                     const TopicNames& topic_names) {
  const std::string typed = words.empty() ? "" : words.back();
  Place place;
  for (std::size_t i = 0; i + 1 < words.size(); ++i) take(words[i], place);
  auto found = candidates(place, typed, topic_names);
  std::erase_if(found, [&](const std::string& word) { return !word.starts_with(typed); });
  return found;
}

std::string completion_script(const std::string& shell) {
  if (shell == "bash") return kBash;
  return shell == "zsh" ? kZsh : kFish;
}

}  // namespace millrace::cli
