// Power cuts over the storage engine, by seed: `powercut --seeds N`, `--seed S` replays one,
// `--minutes M` goes on until the time is over, `--mutants` proves that planted bugs are found.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <optional>

#include "tests/powercut/world.h"

namespace millrace::powercut {
namespace {

constexpr int kOperations = 220;
constexpr int kCuts = 6;
constexpr std::uint64_t kSeedsForMutant = 300;
/// Every so many seeds one is run again: it must go the same way.
constexpr std::uint64_t kReplayEvery = 50;

std::optional<std::string> run_one(std::uint64_t seed, Mutant mutant, Totals& totals,
                                   bool trace = false) {
  try {
    totals = World(seed, mutant, trace).run(kOperations, kCuts);
    return std::nullopt;
  } catch (const Violation& violation) {
    return violation.what;
  }
}

int explore(std::uint64_t first, std::uint64_t seeds, std::optional<double> minutes) {
  using Clock = std::chrono::steady_clock;
  const auto begin = Clock::now();
  const auto over = [&] {
    return minutes &&
           Clock::now() - begin > std::chrono::duration<double, std::ratio<60>>(*minutes);
  };
  Totals sum;
  std::uint64_t failures = 0;
  std::uint64_t done = 0;
  for (; (minutes || done < seeds) && !over(); ++done) {
    const std::uint64_t seed = first + done;
    Totals totals;
    auto failure = run_one(seed, Mutant::kNone, totals);
    if (!failure && done % kReplayEvery == 0) {
      Totals again;
      failure = run_one(seed, Mutant::kNone, again);
      if (!failure && again.hash != totals.hash)
        failure = "the same seed went another way the second time";
    }
    if (failure) {
      ++failures;
      fmt::print("seed {} FAILED: {}\n  replay: ./dev sim --disk --seed {}\n", seed, *failure,
                 seed);
      std::fflush(stdout);
    }
    sum.operations += totals.operations;
    sum.cuts += totals.cuts;
    sum.cuts_in_recovery += totals.cuts_in_recovery;
    sum.acked_batches += totals.acked_batches;
    sum.flips += totals.flips;
    sum.flips_reported += totals.flips_reported;
  }
  fmt::print(
      "powercut: {} seeds, {} operations, {} power cuts ({} during recovery), {} acks, {} flips "
      "({} reported, the "
      "rest mended by the journal), {} failures\n",
      done, sum.operations, sum.cuts, sum.cuts_in_recovery, sum.acked_batches, sum.flips,
      sum.flips_reported, failures);
  return failures == 0 ? 0 : 1;
}

int replay(std::uint64_t seed, bool trace) {
  Totals totals;
  const auto failure = run_one(seed, Mutant::kNone, totals, trace);
  if (failure) fmt::print("seed {} FAILED: {}\n", seed, *failure);
  fmt::print("powercut: seed {} operations {} cuts {} acked {} hash {:016x}\n", seed,
             totals.operations, totals.cuts, totals.acked_batches, totals.hash);
  return failure ? 1 : 0;
}

int hunt_mutants(std::uint64_t first) {
  int found = 0;
  for (const Mutant mutant : kMutants) {
    std::optional<std::string> failure;
    std::uint64_t seed = first;
    for (; seed < first + kSeedsForMutant && !failure; ++seed) {
      Totals totals;
      failure = run_one(seed, mutant, totals);
    }
    fmt::print("{}: {}\n", name_of(mutant),
               failure ? fmt::format("found by seed {}: {}", seed - 1, *failure) : "NOT FOUND");
    found += failure.has_value() ? 1 : 0;
  }
  fmt::print("found {} of {}\n", found, std::size(kMutants));
  return found == static_cast<int>(std::size(kMutants)) ? 0 : 1;
}

}  // namespace
}  // namespace millrace::powercut

int main(int argc, char** argv) {
  CLI::App app("Power cuts over the storage engine, by seed");
  std::uint64_t seeds = 200;
  std::uint64_t first = 1;
  std::optional<std::uint64_t> seed;
  std::optional<double> minutes;
  bool mutants = false;
  bool trace = false;
  app.add_option("--seeds", seeds, "how many seeds to run");
  app.add_option("--first-seed", first, "where they begin");
  app.add_option("--seed", seed, "replay this one");
  app.add_option("--minutes", minutes, "go on for so long");
  app.add_flag("--trace", trace, "with --seed: say what happens, line by line");
  app.add_flag("--mutants", mutants, "plant bugs and demand that they are found");
  CLI11_PARSE(app, argc, argv);
  if (mutants) return millrace::powercut::hunt_mutants(first);
  if (seed) return millrace::powercut::replay(*seed, trace);
  return millrace::powercut::explore(first, seeds, minutes);
}
