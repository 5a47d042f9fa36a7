// The quorum in a simulated world, by seed: `--seed S` replays one, `--seeds N` and `--minutes M`
// explore, `--list FILE` replays those in a file, `--mutants` (in the test build) proves that
// planted bugs are found. Exit code 1 when something is wrong, with the one command that replays
// it.
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "controller/planted.h"
#include "node/metadata_log/planted.h"
#include "raft/planted.h"
#include "tests/sim/quorum_world.h"

namespace millrace::sim {
namespace {

using Clock = std::chrono::steady_clock;

constexpr Duration kTrouble = std::chrono::seconds(120);
/// Every so many seeds one is run again: it must go the same way.
constexpr std::uint64_t kReplayEvery = 50;

struct Violation {
  std::string what;
};

/// A check that fails ends the process: the last words say how to see it again.
char last_words[128];
extern "C" void say_last_words(int) {
  (void)!write(STDERR_FILENO, last_words, std::char_traits<char>::length(last_words));
}

RunSummary run_seed(std::uint64_t seed) {
  const auto words =
      fmt::format("sim: seed {}: a check failed\nreplay: ./dev sim --seed {}\n", seed, seed);
  words.copy(last_words, sizeof last_words - 1);
  const QuorumWorld* shown = nullptr;
  QuorumWorld world(seed, [&shown](const std::string& what) {
    throw Violation{what + "\n" + (shown == nullptr ? "" : shown->describe())};
  });
  shown = &world;
  return world.run(kTrouble);
}

/// Prints what is wrong; nothing when all is well.
std::optional<RunSummary> try_seed(std::uint64_t seed) {
  try {
    return run_seed(seed);
  } catch (const Violation& violation) {
    fmt::print("sim: seed {}: {}replay: ./dev sim --seed {}\n", seed, violation.what, seed);
    std::fflush(stdout);
    return std::nullopt;
  }
}

void print(std::uint64_t seed, const RunSummary& run) {
  fmt::print("sim: seed {} events {} simulated {} faults {} hash {:016x}\n", seed, run.events,
             std::chrono::duration_cast<std::chrono::seconds>(run.simulated).count(), run.faults,
             run.hash);
}

int replay(std::uint64_t seed) {
  const auto run = try_seed(seed);
  if (run) print(seed, *run);
  return run ? 0 : 1;
}

/// Seeds that failed once, one a line, with a comment each.
int replay_list(const std::string& path) {
  std::ifstream file(path);
  if (!file) {
    fmt::print("cannot read {}\n", path);
    return 2;
  }
  int code = 0;
  std::uint64_t count = 0;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line[0] == '#') continue;
    ++count;
    if (!try_seed(std::stoull(line))) code = 1;
  }
  fmt::print("{} seeds of {} replayed\n", count, path);
  return code;
}

int explore(std::uint64_t from, std::uint64_t seeds, std::optional<double> minutes) {
  const auto begin = Clock::now();
  const auto elapsed = [&] { return std::chrono::duration<double>(Clock::now() - begin).count(); };
  RunSummary all;
  std::uint64_t done = 0;
  std::uint64_t failures = 0;
  for (; minutes ? elapsed() < *minutes * 60 : done < seeds; ++done) {
    const auto seed = from + done;
    if (isatty(STDERR_FILENO) != 0) fmt::print(stderr, "\rseed {} ", seed);
    const auto run = try_seed(seed);
    if (!run) {
      ++failures;
      continue;
    }
    if (done % kReplayEvery == 0 && run_seed(seed).hash != run->hash) {
      ++failures;
      fmt::print("sim: seed {} went another way the second time\n", seed);
    }
    all.events += run->events;
    all.simulated += run->simulated;
    all.faults += run->faults;
  }
  const double simulated = std::chrono::duration<double>(all.simulated).count();
  fmt::print(
      "{} seeds from {}, {} failed; {} events, {} faults, {:.1f} h simulated, {:.0f} times "
      "real time\n",
      done, from, failures, all.events, all.faults, simulated / 3600, simulated / elapsed());
  return failures == 0 ? 0 : 1;
}

#ifdef MILLRACE_PLANTED_BUGS
/// Seeds that each planted bug gets.
constexpr std::uint64_t kSeedsForMutant = 4000;

struct Mutant {
  std::string name;
  raft::Bug raft = raft::Bug::kNone;
  controller::Bug controller = controller::Bug::kNone;
  node::Bug metadata_log = node::Bug::kNone;
};

/// A snapshot is checked twice, by the pieces and as a whole, and each check hides that the other
/// is missing: only stories see one alone. Here both are gone.
std::vector<Mutant> all_mutants() {
  std::vector<Mutant> mutants{{.name = "snapshot-unchecked",
                               .raft = raft::Bug::kSnapshotUnchecked,
                               .metadata_log = node::Bug::kSnapshotUnchecked}};
  for (const auto& [bug, name] : raft::kBugs) {
    if (bug != raft::Bug::kSnapshotUnchecked) mutants.push_back({std::string(name), bug});
  }
  for (const auto& [bug, name] : controller::kBugs)
    mutants.push_back({.name = std::string(name), .controller = bug});
  for (const auto& [bug, name] : node::kBugs) {
    if (bug != node::Bug::kSnapshotUnchecked)
      mutants.push_back({.name = std::string(name), .metadata_log = bug});
  }
  return mutants;
}

/// Whether the seed finds the bug. In a process of its own: checks abort.
bool finds(const Mutant& mutant, std::uint64_t seed) {
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    raft::the_planted_bug = mutant.raft;
    controller::the_planted_bug = mutant.controller;
    node::the_planted_bug = mutant.metadata_log;
    if (std::freopen("/dev/null", "w", stderr) == nullptr ||
        std::freopen("/dev/null", "w", stdout) == nullptr)
      _exit(0);
    _exit(try_seed(seed) ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return status != 0;
}

int find_mutants(std::uint64_t from) {
  std::size_t found = 0;
  const auto mutants = all_mutants();
  for (const auto& mutant : mutants) {
    std::uint64_t tried = 0;
    while (tried < kSeedsForMutant && !finds(mutant, from + tried)) ++tried;
    const bool missed = tried == kSeedsForMutant;
    found += missed ? 0 : 1;
    fmt::print("{}: {}\n", mutant.name,
               missed ? std::string("NOT FOUND")
                      : fmt::format("found by seed {}, after {} others", from + tried, tried));
    std::fflush(stdout);
  }
  fmt::print("found {} of {}\n", found, mutants.size());
  return found == mutants.size() ? 0 : 1;
}
#else
int find_mutants(std::uint64_t) {
  fmt::print("this build has no planted bugs; sim_quorum_planted has\n");
  return 2;
}
#endif

int main_of(int argc, char** argv) {
  CLI::App app{"A quorum in a simulated world, by seed"};
  std::optional<std::uint64_t> seed;
  std::uint64_t from = 1;
  std::uint64_t seeds = 100;
  std::optional<double> minutes;
  std::string list;
  bool mutants = false;
  app.add_option("--seed", seed, "replay this one");
  app.add_option("--from", from, "first seed of several")->envname("MILLRACE_SIM_FROM");
  app.add_option("--seeds", seeds, "how many");
  app.add_option("--minutes", minutes, "or for how long");
  app.add_option("--list", list, "replay the seeds in this file");
  app.add_flag("--mutants", mutants, "which planted bugs ordinary seeds find");
  CLI11_PARSE(app, argc, argv);
  std::signal(SIGABRT, say_last_words);
  if (mutants) return find_mutants(from);
  if (seed) return replay(*seed);
  if (!list.empty()) return replay_list(list);
  return explore(from, seeds, minutes);
}

}  // namespace
}  // namespace millrace::sim

int main(int argc, char** argv) {
  return millrace::sim::main_of(argc, argv);
}
