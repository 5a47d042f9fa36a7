#include "node/metadata/broker_session.h"

#include <deque>

#include "tests/support/catch.h"

namespace millrace::node {
namespace {

using controller::BrokerHeartbeat;
using controller::CommandResult;
using controller::UnfenceBroker;

constexpr Duration kInterval = std::chrono::milliseconds(500);

/// A broker whose controller the test plays.
struct Bench {
  void tick(Duration passed = kInterval) {
    now += passed;
    session.tick(now, Offset(30));
  }
  template <class Command>
  const Command& asked() {
    REQUIRE_FALSE(questions.empty());
    return std::get<Command>(questions.back().first.body);
  }
  void answer(const CommandResult& result) {
    auto done = std::move(questions.back().second);
    questions.pop_back();
    std::move(done)(result);
  }
  static CommandResult result(bool is_fenced, bool may_shut_down = false) {
    CommandResult result;
    result.is_fenced = is_fenced;
    result.may_shut_down = may_shut_down;
    return result;
  }
  static CommandResult failure(ErrorCode code) {
    CommandResult result;
    result.error = Error{code, "the test says so"};
    return result;
  }

  MonotonicTime now{std::chrono::seconds(100)};
  std::deque<std::pair<controller::Command, BrokerSession::Done>> questions;
  int unfenced = 0;
  int may_stop = 0;
  std::optional<Error> replaced;
  BrokerSession session{NodeId(3),
                        IncarnationId(Uuid({9})),
                        BrokerEpoch(12),
                        kInterval,
                        {.submit =
                             [this](controller::Command command, BrokerSession::Done done) {
                               questions.emplace_back(std::move(command), std::move(done));
                             },
                         .replaced = [this](Error error) { replaced = std::move(error); },
                         .unfenced = [this] { ++unfenced; },
                         .may_stop = [this] { ++may_stop; }}};
};

}  // namespace

TEST_CASE("a broker that recovers tells that it lives, and is not unfenced") {
  Bench bench;
  bench.tick();
  const auto& heartbeat = bench.asked<BrokerHeartbeat>();
  REQUIRE(heartbeat.id == NodeId(3));
  REQUIRE(heartbeat.epoch == BrokerEpoch(12));
  REQUIRE(heartbeat.metadata_end == Offset(30));
  REQUIRE_FALSE(heartbeat.wants_shutdown);
  bench.answer(Bench::result(true));
  bench.tick(kInterval - Duration(1));
  REQUIRE(bench.questions.empty());
  bench.tick(Duration(1));
  REQUIRE(bench.questions.size() == 1);
}

TEST_CASE("a broker that serves asks to be unfenced, now and whenever it is fenced again") {
  Bench bench;
  bench.session.serve();
  bench.tick();
  REQUIRE(bench.asked<UnfenceBroker>().incarnation == IncarnationId(Uuid({9})));
  bench.answer(Bench::failure(ErrorCode::kNotController));
  bench.tick(Duration(1));
  bench.answer(Bench::result(false));
  REQUIRE(bench.unfenced == 1);
  bench.tick();
  (void)bench.asked<BrokerHeartbeat>();
  bench.answer(Bench::result(true));  // it was silent for too long
  bench.tick();
  (void)bench.asked<UnfenceBroker>();
  bench.answer(Bench::result(false));
  REQUIRE(bench.unfenced == 1);
}

TEST_CASE("one question at a time, but no answer is waited for longer than patience") {
  Bench bench;
  bench.tick();
  bench.tick();
  REQUIRE(bench.questions.size() == 1);
  bench.tick(kAnswerPatience);
  REQUIRE(bench.questions.size() == 2);
  auto late = std::move(bench.questions.front().second);
  std::move(late)(Bench::failure(ErrorCode::kInvalidRequest));  // of the first question: too late
  REQUIRE_FALSE(bench.replaced.has_value());
}

TEST_CASE("a broker that leaves asks again and again until it may") {
  Bench bench;
  bench.session.serve();
  bench.tick();
  bench.answer(Bench::result(false));
  bench.session.leave();
  bench.tick(Duration(1));
  REQUIRE(bench.asked<BrokerHeartbeat>().wants_shutdown);
  bench.answer(Bench::result(false));
  REQUIRE(bench.may_stop == 0);
  bench.tick(Duration(1));
  bench.answer(Bench::result(true, true));
  REQUIRE(bench.may_stop == 1);
  bench.tick();
  REQUIRE(bench.questions.empty());  // nor does it ask to be unfenced again
}

TEST_CASE("a broker whose place was taken says so once, and asks no more") {
  Bench bench;
  bench.tick();
  bench.answer(Bench::failure(ErrorCode::kInvalidRequest));
  REQUIRE(bench.replaced.has_value());
  bench.tick();
  REQUIRE(bench.questions.empty());
}

}  // namespace millrace::node
