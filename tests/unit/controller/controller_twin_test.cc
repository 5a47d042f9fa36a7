#include <deque>

#include "controller/controller.h"
#include "controller/metadata/apply.h"
#include "controller/metadata/snapshot.h"
#include "tests/support/catch.h"
#include "tests/unit/controller/random_commands.h"
#include "tests/unit/controller/twin.h"

namespace millrace::controller {
namespace {

std::string code_of(const std::optional<Error>& error) {
  return error ? std::string(name_of(error->code)) : "";
}
std::string code_of(const std::optional<ErrorCode>& code) {
  return code ? std::string(name_of(*code)) : "";
}

struct Totals {
  std::map<std::size_t, int> done;     // commands without any error, by kind
  std::map<std::size_t, int> refused;  // with one, by kind
};

/// One life of a controller whose entries commit late and in groups; ends with a crash.
void run(std::uint64_t seed, Totals& totals) {
  Commands commands(seed);
  Controller controller(MetadataImage::empty(), Settings(), Random(seed));
  Twin twin;
  MonotonicTime now{std::chrono::seconds(1)};
  controller.become_active(now);
  std::vector<MetadataTransaction> log;
  std::deque<std::uint64_t> unanswered;
  std::map<std::uint64_t, Controller::ResultPtr> results;
  const auto take = [&](std::vector<Controller::Reply> replies) {
    for (auto& reply : replies) {
      // Answers leave in the order of the commands.
      REQUIRE(unanswered.front() == reply.token);
      unanswered.pop_front();
      REQUIRE(reply.result->metadata_end <= controller.committed()->end_offset());
    }
  };
  for (std::uint64_t token = 0; token < 150; ++token) {
    now += std::chrono::milliseconds(commands.random.below(120));
    if (commands.random.chance(1, 5)) {
      const auto ticked = controller.tick(now);
      REQUIRE(ticked.append.has_value() == twin.tick(now));
      if (ticked.append) log.push_back(*ticked.append);
    }
    const auto command = commands.next(*controller.speculative());
    // A second controller of the same state tells the answer at once: nothing else is random.
    Controller oracle = controller;
    auto told = oracle.step(token, command, now);
    auto early = oracle.on_committed(oracle.speculative()->end_offset());
    early.insert(early.end(), told.replies.begin(), told.replies.end());
    const auto& given = *early.back().result;

    unanswered.push_back(token);
    auto output = controller.step(token, command, now);
    REQUIRE((output.append == told.append));
    if (output.append) log.push_back(*output.append);
    take(std::move(output.replies));

    const auto codes = twin.run(command, given, *controller.speculative(), now);
    INFO("seed " << seed << " command " << token << " of kind " << command.body.index());
    REQUIRE(code_of(given.error) == code_of(twin.command_error));
    REQUIRE(given.items.size() == codes.size());
    bool refused = given.error.has_value();
    for (std::size_t i = 0; i < codes.size(); ++i) {
      INFO("item " << i << " " << (given.items[i].error ? given.items[i].error->message : ""));
      REQUIRE(code_of(given.items[i].error) == code_of(codes[i]));
      refused = refused || codes[i];
    }
    ++(refused ? totals.refused : totals.done)[command.body.index()];
    twin.check(*controller.speculative());
    if (commands.random.chance(1, 3)) {
      take(controller.on_committed(Offset(static_cast<std::int64_t>(
          log.size() -
          (commands.random.chance(1, 2) ? 0 : std::min<std::size_t>(log.size(), 2))))));
    }
  }
  take(controller.on_committed(Offset(static_cast<std::int64_t>(log.size()))));
  REQUIRE(unanswered.empty());
  REQUIRE(controller.committed() == controller.speculative());

  auto replayed = MetadataImage::empty();
  for (const auto& entry : log) replayed = apply_records(*replayed, entry).value();
  REQUIRE(state_hash(*replayed) == state_hash(*controller.committed()));
}

}  // namespace

TEST_CASE("the controller and its twin agree") {
  Totals totals;
  for (std::uint64_t seed = 0; seed < 80; ++seed) run(seed, totals);
  for (std::size_t kind = 0; kind < std::variant_size_v<decltype(Command::body)>; ++kind) {
    INFO("kind " << kind);
    REQUIRE(totals.done[kind] > 20);
    REQUIRE(totals.refused[kind] > 20);
  }
}

TEST_CASE("losing the log takes back what was not committed") {
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    Commands commands(seed);
    Controller controller(MetadataImage::empty(), Settings(), Random(seed));
    ImagePtr committed;
    controller.become_active({});
    std::size_t waiting = 0;
    for (std::uint64_t token = 0; token < 40; ++token) {
      auto output = controller.step(token, commands.next(*controller.speculative()), {});
      waiting += 1 - output.replies.size();
      if (token != 25) continue;
      controller.on_committed(controller.speculative()->end_offset());
      committed = controller.committed();
      waiting = 0;
    }
    const auto replies = controller.on_append_failed({ErrorCode::kIo, "gone"});
    REQUIRE(replies.size() == waiting);
    for (const auto& reply : replies) REQUIRE(reply.result->error->code == ErrorCode::kIo);
    REQUIRE(controller.speculative() == committed);
    REQUIRE(controller.committed() == committed);
  }
}

}  // namespace millrace::controller
