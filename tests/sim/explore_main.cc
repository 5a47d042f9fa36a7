// Everything that can happen to a quorum of three within a few steps of a named start:
//   explore_quorum [--depth N] [--start NAME]
// Prints how many distinct states each start leads to. A state that breaks an invariant is told
// with the steps that lead to it.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/sim/small_world.h"

namespace millrace::sim {
namespace {

using Do = SmallWorld::Do;

struct Start {
  std::string name;
  std::function<void(SmallWorld&)> prepare;
  int crashes = 1;
  int proposals = 1;
};

void elect(SmallWorld& world, std::size_t who) {
  world.carry_out({Do::kTimeout, who});
  world.settle();
}

/// An entry is committed, and one replica has not heard of it.
void leave_behind(SmallWorld& world, std::size_t who) {
  world.isolate(who);
  world.allow(0, 1);
  world.carry_out({Do::kPropose, 0});
  world.settle();
  world.isolate(std::nullopt);
}

const std::vector<Start>& starts() {
  static const std::vector<Start> kStarts{
      {"boot", [](SmallWorld&) {}},
      {"lagging-follower",
       [](SmallWorld& world) {
         elect(world, 0);
         leave_behind(world, 2);
       }},
      {"two-leaders",
       [](SmallWorld& world) {
         elect(world, 0);
         world.allow(0, 1);
         world.isolate(0);
         world.carry_out({Do::kPropose, 0});  // nobody else hears of it
         world.save_all(0);
         world.carry_out({Do::kTimeout, 2});  // gives up its leader
         world.drop_messages();
         elect(world, 1);
         world.isolate(std::nullopt);
       }},
      {"vote-not-durable",
       [](SmallWorld& world) {
         for (std::size_t each : {0U, 2U}) {
           world.carry_out({Do::kTimeout, each});
           world.deliver_all_to(1);
           world.deliver_all_to(each);
           world.save_all(each);
         }
         world.deliver_all_to(1);  // it votes for the first; its disk has not answered
       }},
      {"uncommitted-change",
       [](SmallWorld& world) {
         elect(world, 0);
         world.remove_voter(0, 2);
       }},
      {"snapshot-half-sent",
       [](SmallWorld& world) {
         elect(world, 0);
         leave_behind(world, 2);
         world.take_snapshot(0);
         world.carry_out({Do::kTimeout, 0});  // a heartbeat, which does not fit
         world.deliver_all_to(2);
         world.deliver_all_to(0);
         world.deliver_all_to(2);  // the first piece
         world.save_all(2);
       }},
  };
  return kStarts;
}

/// Depth first, each state once for each number of steps that are left.
class Explorer {
 public:
  explicit Explorer(int depth) : depth_(depth) {}

  std::size_t explore(const Start& start) {
    visit(prepared(start), depth_);
    return seen_.size();
  }
  std::string look_of(const Start& start) { return prepared(start).fingerprint(); }
  [[nodiscard]] std::uint64_t steps() const { return steps_; }

 private:
  SmallWorld prepared(const Start& start) {
    SmallWorld world(3, [this](const std::string& what) { broken(what); });
    start.prepare(world);
    world.allow(start.crashes, start.proposals);
    return world;
  }

  void visit(const SmallWorld& world, int left) {
    const auto [known, first] =
        seen_.try_emplace(std::hash<std::string>{}(world.fingerprint()), left);
    if (!first && known->second >= left) return;
    known->second = left;
    if (left == 0) return;
    for (const auto& action : world.actions()) {
      path_.push_back(world.describe(action));
      SmallWorld next = world;
      next.carry_out(action);
      ++steps_;
      visit(next, left - 1);
      path_.pop_back();
    }
  }

  [[noreturn]] void broken(const std::string& what) {
    fmt::print("explore: {}\nafter these steps:\n", what);
    for (const auto& step : path_) fmt::print("  {}\n", step);
    std::exit(1);
  }

  const int depth_;
  std::map<std::size_t, int> seen_;  // fingerprint's hash: steps that were left
  std::vector<std::string> path_;
  std::uint64_t steps_ = 0;
};

int main_of(int argc, char** argv) {
  CLI::App app{"Every schedule of a quorum of three, a few steps deep"};
  int depth = 8;
  std::string only;
  app.add_option("--depth", depth, "steps from each start")->check(CLI::Range(1, 20));
  bool show = false;
  app.add_option("--start", only, "this one alone");
  app.add_flag("--show", show, "only how each start looks");
  CLI11_PARSE(app, argc, argv);
  bool any = false;
  for (const auto& start : starts()) {
    if (!only.empty() && only != start.name) continue;
    any = true;
    Explorer explorer(depth);
    if (show) {
      fmt::print("{}:\n{}\n", start.name, explorer.look_of(start));
      continue;
    }
    const auto states = explorer.explore(start);
    fmt::print("{}: {} distinct states within {} steps, {} tried\n", start.name, states, depth,
               explorer.steps());
    std::fflush(stdout);
  }
  if (!any) fmt::print("no start is called '{}'\n", only);
  return any ? 0 : 2;
}

}  // namespace
}  // namespace millrace::sim

int main(int argc, char** argv) {
  return millrace::sim::main_of(argc, argv);
}
