#include "node/metadata/request_router.h"

#include "controller/metadata/command_codec.h"
#include "tests/support/catch.h"

namespace millrace::node {
namespace {

using controller::CommandResult;

/// A router between a controller and other nodes that the test plays.
struct Bench {
  struct Asked {
    NodeId node;
    controller::Request request;
    RequestRouter::Answer answer;
  };

  void submit(std::int64_t number = 1) {
    router.submit(
        request(number), [this](CommandResult result) { results.push_back(std::move(result)); },
        now);
  }
  static controller::Request request(std::int64_t number) {
    return controller::Command{controller::AllocateProducerIds{NodeId(1), BrokerEpoch(number)}};
  }
  static std::int64_t number_of(const controller::Request& request) {
    const auto& command = std::get<controller::Command>(request);
    return std::get<controller::AllocateProducerIds>(command.body).epoch.value();
  }
  static CommandResult failure(ErrorCode code) {
    CommandResult result;
    result.error = Error{code, "the test says so"};
    return result;
  }
  Asked take_asked() {
    REQUIRE_FALSE(asked.empty());
    auto first = std::move(asked.front());
    asked.pop_front();
    return first;
  }

  MonotonicTime now{std::chrono::seconds(100)};
  std::deque<Asked> asked;
  std::vector<std::int64_t> ran_here;
  std::vector<CommandResult> results;
  RequestRouter router{
      {.run_here =
           [this](controller::Request request, RequestRouter::Done done) {
             ran_here.push_back(number_of(request));
             std::move(done)(CommandResult());
           },
       .ask =
           [this](NodeId node, SharedBytes bytes, Duration timeout, RequestRouter::Answer answer) {
             REQUIRE(timeout == kForwardTimeout);
             auto request = controller::decode_request(bytes.view());
             REQUIRE_OK(request);
             asked.push_back({node, std::move(*request), std::move(answer)});
           }}};
};

}  // namespace

TEST_CASE("a request is carried out where the controller is") {
  Bench bench;
  bench.router.on_leader(NodeId(1), true);
  bench.submit();
  REQUIRE(bench.ran_here.size() == 1);
  REQUIRE(bench.results.size() == 1);

  bench.router.on_leader(NodeId(2), false);
  bench.submit();
  auto asked = bench.take_asked();
  REQUIRE(asked.node == NodeId(2));
  CommandResult result;
  result.first_producer_id = ProducerId(3'000);
  result.metadata_end = Offset(77);
  std::move(asked.answer)(controller::encode(result));
  REQUIRE(bench.results.back().first_producer_id == ProducerId(3'000));
  REQUIRE(bench.results.back().metadata_end == Offset(77));
}

TEST_CASE("while nobody leads requests wait, in their order, but not for ever") {
  Bench bench;
  bench.submit(1);
  bench.submit(2);
  REQUIRE(bench.router.waiting() == 2);
  bench.router.on_leader(NodeId(1), true);
  REQUIRE(bench.ran_here == std::vector<std::int64_t>{1, 2});

  bench.router.on_leader(std::nullopt, false);
  bench.submit(3);
  bench.now += kLeaderPatience - Duration(1);
  bench.submit(4);
  bench.router.tick(bench.now);
  REQUIRE(bench.results.size() == 2);
  bench.router.tick(bench.now + Duration(1));
  REQUIRE(bench.results.size() == 3);
  REQUIRE_SAME_CODE(bench.results.back().error->code, ErrorCode::kNotController);
  REQUIRE(bench.router.waiting() == 1);
}

TEST_CASE("a node that did nothing is asked again, or the next one, in the next turn") {
  Bench bench;
  bench.router.on_leader(NodeId(2), false);
  bench.submit(5);
  std::move(bench.take_asked().answer)(
      controller::encode(Bench::failure(ErrorCode::kNotController)));
  REQUIRE(bench.asked.empty());
  bench.router.tick(bench.now);
  std::move(bench.take_asked().answer)(fail(ErrorCode::kWouldBlock, "not connected"));
  REQUIRE(bench.asked.empty());
  REQUIRE(bench.results.empty());
  bench.router.on_leader(NodeId(3), false);
  auto again = bench.take_asked();
  REQUIRE(again.node == NodeId(3));
  REQUIRE(Bench::number_of(again.request) == 5);
  std::move(again.answer)(controller::encode(CommandResult()));
  REQUIRE(bench.results.size() == 1);
  REQUIRE_FALSE(bench.results[0].error.has_value());
}

TEST_CASE("a leader that cannot be reached is not asked for ever") {
  Bench bench;
  bench.router.on_leader(NodeId(2), false);
  bench.submit();
  const auto end = bench.now + kLeaderPatience;
  while (bench.results.empty()) {
    std::move(bench.take_asked().answer)(fail(ErrorCode::kWouldBlock, "not connected"));
    bench.now += std::chrono::milliseconds(50);
    REQUIRE(bench.now <= end);
    bench.router.tick(bench.now);
  }
  REQUIRE(bench.now == end);
  REQUIRE_SAME_CODE(bench.results[0].error->code, ErrorCode::kNotController);
  REQUIRE(bench.asked.empty());
}

TEST_CASE("a request whose fate is not known is not sent again, and says so") {
  for (const auto code : {ErrorCode::kReplicaNotAvailable, ErrorCode::kTimedOut}) {
    Bench bench;
    bench.router.on_leader(NodeId(2), false);
    bench.submit();
    std::move(bench.take_asked().answer)(fail(code, "the connection ended"));
    bench.router.tick(bench.now);
    REQUIRE(bench.asked.empty());
    REQUIRE(bench.results.size() == 1);
    REQUIRE_SAME_CODE(bench.results[0].error->code, ErrorCode::kTimedOut);
    REQUIRE(bench.results[0].error->message.find("may or may not") != std::string::npos);
  }
}

TEST_CASE("an answer that cannot be read is an error, not a crash") {
  Bench bench;
  bench.router.on_leader(NodeId(2), false);
  bench.submit();
  std::move(bench.take_asked().answer)(SharedBytes::copy_of(as_bytes("nonsense")));
  REQUIRE(bench.results.at(0).error.has_value());
}

TEST_CASE("what another node asks is done here or refused, never passed on") {
  Bench bench;
  std::vector<Result<SharedBytes>> answers;
  const auto ask = [&](const SharedBytes& bytes) {
    bench.router.on_request(
        bytes, [&](Result<SharedBytes> answer) { answers.push_back(std::move(answer)); });
  };
  bench.router.on_leader(NodeId(2), false);
  ask(controller::encode(Bench::request(1)));
  REQUIRE(bench.asked.empty());
  REQUIRE_SAME_CODE(controller::decode_result(answers.at(0).value().view())->error->code,
                    ErrorCode::kNotController);
  bench.router.on_leader(NodeId(1), true);
  ask(controller::encode(Bench::request(2)));
  REQUIRE(bench.ran_here == std::vector<std::int64_t>{2});
  REQUIRE_FALSE(controller::decode_result(answers.at(1).value().view())->error.has_value());
  ask(SharedBytes::copy_of(as_bytes("nonsense")));
  REQUIRE_FALSE(answers.at(2).has_value());
}

TEST_CASE("too many requests that wait are refused") {
  Bench bench;
  for (std::size_t i = 0; i < kWaitingRequestsMax; ++i) bench.submit();
  REQUIRE(bench.results.empty());
  bench.submit();
  REQUIRE_SAME_CODE(bench.results.at(0).error->code, ErrorCode::kLimitReached);
  bench.router.on_leader(NodeId(1), true);
  REQUIRE(bench.ran_here.size() == kWaitingRequestsMax);
}

}  // namespace millrace::node
