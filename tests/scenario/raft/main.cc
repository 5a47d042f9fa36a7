// Runs the stories of the quorum:
//   scenario_raft DIR              compares each with what is written in it
//   scenario_raft DIR --rewrite    writes what happens now; review the difference
//   scenario_raft DIR --guards     each story that names guards must fail without them
#include <absl/strings/str_split.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "raft/planted.h"
#include "tests/scenario/raft/story.h"

namespace millrace::scenario {
namespace {

constexpr std::string_view kRule = "----";

struct Scenario {
  std::string text;
  std::vector<std::string> guards;  // "# guard: NAME"
};

std::vector<std::string> lines_of(const std::string& text) {
  return absl::StrSplit(text, '\n');
}

Scenario load(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::stringstream content;
  content << file.rdbuf();
  Scenario scenario{content.str(), {}};
  for (const std::string& line : lines_of(scenario.text)) {
    constexpr std::string_view kGuard = "# guard: ";
    if (line.starts_with(kGuard)) scenario.guards.push_back(line.substr(kGuard.size()));
  }
  return scenario;
}

/// The same text with what happens now. Comments and blank lines stay; a command is one or more
/// lines, then a rule, then what it told, up to a blank line.
std::string play(const std::string& text) {
  Story story;
  std::string played;
  bool told = false;  // inside of what the last command told
  std::vector<std::string> commands;
  for (const std::string& line : lines_of(text)) {
    if (line == kRule) {
      played += line + "\n";
      for (const auto& command : commands) played += story.run(command);
      commands.clear();
      told = true;
    } else if (line.empty()) {
      played += "\n";
      told = false;
    } else if (!told) {
      if (line[0] != '#') commands.push_back(line);
      played += line + "\n";
    }
  }
  played.erase(played.find_last_not_of('\n') + 1);
  return played + "\n";
}

void show_difference(const std::string& name, const std::string& expected,
                     const std::string& actual) {
  const auto a = lines_of(expected);
  const auto b = lines_of(actual);
  std::size_t at = 0;
  while (at < a.size() && at < b.size() && a[at] == b[at]) ++at;
  fmt::print("{}:{}: expected\n  {}\nbut it was\n  {}\n", name, at + 1,
             at < a.size() ? a[at] : "(nothing)", at < b.size() ? b[at] : "(nothing)");
}

#ifdef MILLRACE_PLANTED_BUGS
raft::Bug bug_named(const std::string& name) {
  const auto found = std::find_if(raft::kBugs.begin(), raft::kBugs.end(),
                                  [&](const auto& each) { return each.name == name; });
  if (found == raft::kBugs.end()) {
    fmt::print("no guard is called '{}'\n", name);
    std::exit(2);
  }
  return found->bug;
}

/// Whether the story goes another way, or a check stops it, when the guard is missing. In a process
/// of its own, because a check that fails ends the process.
bool notices(const Scenario& scenario, const std::string& guard) {
  const auto bug = bug_named(guard);
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    raft::the_planted_bug = bug;
    if (std::freopen("/dev/null", "w", stderr) == nullptr) _exit(0);
    _exit(play(scenario.text) == scenario.text ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return status != 0;
}

int check_guards(const std::vector<std::filesystem::path>& paths) {
  int checked = 0;
  int blind = 0;
  for (const auto& path : paths) {
    const auto scenario = load(path);
    for (const auto& guard : scenario.guards) {
      ++checked;
      if (notices(scenario, guard)) continue;
      ++blind;
      fmt::print("{} goes the same way without {}\n", path.filename().string(), guard);
    }
  }
  fmt::print("{} of {} guards are noticed\n", checked - blind, checked);
  return checked > 0 && blind == 0 ? 0 : 1;
}
#endif

int main_of(int argc, char** argv) {
  const std::string mode = argc > 2 ? argv[2] : "";
  std::vector<std::filesystem::path> paths;
  for (const auto& file : std::filesystem::directory_iterator(argc > 1 ? argv[1] : "."))
    if (file.path().extension() == ".txt") paths.push_back(file.path());
  std::sort(paths.begin(), paths.end());
  if (paths.empty()) {
    fmt::print("no stories there: scenario_raft DIRECTORY [--rewrite | --guards]\n");
    return 2;
  }
#ifdef MILLRACE_PLANTED_BUGS
  if (mode == "--guards") return check_guards(paths);
#endif
  int different = 0;
  for (const auto& path : paths) {
    const auto expected = load(path).text;
    const auto actual = play(expected);
    if (actual == expected) continue;
    ++different;
    if (mode == "--rewrite") {
      std::ofstream(path) << actual;
    } else {
      show_difference(path.filename().string(), expected, actual);
    }
  }
  fmt::print("{} stories, {} {}\n", paths.size(), different,
             mode == "--rewrite" ? "rewritten" : "different");
  return different == 0 || mode == "--rewrite" ? 0 : 1;
}

}  // namespace
}  // namespace millrace::scenario

int main(int argc, char** argv) {
  return millrace::scenario::main_of(argc, argv);
}
