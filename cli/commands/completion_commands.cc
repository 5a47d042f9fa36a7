#include <algorithm>
#include <chrono>
#include <ostream>

#include "cli/commands/commands.h"
#include "cli/completion.h"
#include "cli/context.h"
#include "cli/parse.h"

namespace millrace::cli {
namespace {

// A person waits for the tab key.
constexpr std::chrono::milliseconds kTopicNamesTimeout{2'000};

std::vector<Problem> print_script(Context& context) {
  context.io().out << completion_script(context.invocation().arguments().front());
  return {};
}

// Every failure means no names: completion has nowhere to complain.
std::vector<std::string> topic_names(Context& context, std::vector<std::string> words) {
  if (!words.empty()) words.pop_back();
  auto globals = parse_globals(words, context.environment());
  if (!globals) return {};
  Invocation invocation = context.invocation();
  invocation.globals = std::move(*globals);
  invocation.globals.timeout = std::min(invocation.globals.timeout, kTopicNamesTimeout);
  Context asking(std::move(invocation), context.io(), context.environment());
  auto client = asking.client();
  if (!client) return {};
  auto metadata = (*client)->metadata_of_all();
  if (!metadata) return {};
  std::vector<std::string> names;
  for (const auto& topic : metadata->topics) {
    if (!topic.is_internal) names.push_back(topic.name.value_or(""));
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<Problem> print_candidates(Context& context) {
  const auto& words = context.invocation().arguments();
  for (const auto& word : completions(words, [&] { return topic_names(context, words); })) {
    context.io().out << word << "\n";
  }
  return {};
}

}  // namespace

Command completion_command() {
  return {
      .path = "completion",
      .summary = "Print the completion script of a shell",
      .details = "Completes commands, flags and, by asking the cluster, names of topics.",
      .argument = {.name = "SHELL",
                   .text = "bash, zsh or fish",
                   .min = 1,
                   .max = 1,
                   .choices = {"bash", "zsh", "fish"}},
      .examples = {{"source <(millrace completion bash)", "for this bash"},
                   {"millrace completion fish > ~/.config/fish/completions/millrace.fish",
                    "for every fish"}},
      .stream = print_script,
  };
}

Command complete_command() {
  return {
      .path = "__complete",
      .summary = "Candidates for the last word",
      .argument = {.name = "WORD", .max = -1},
      .stream = print_candidates,
      .hidden = true,
  };
}

}  // namespace millrace::cli
