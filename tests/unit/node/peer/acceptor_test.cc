#include "node/peer/acceptor.h"

#include <future>

#include "node/peer/constants.h"
#include "tests/support/catch.h"
#include "tests/unit/node/peer/test_node.h"

namespace millrace::node {
namespace {

/// A stream without a connection: the test is the other side.
class FakeStream final : public FrameStream, public std::enable_shared_from_this<FakeStream> {
 public:
  explicit FakeStream(std::shared_ptr<LoopGate> gate) : FrameStream(std::move(gate)) {}

  void write(SharedBytes frame) override { written.push_back(decode_frame(frame.view()).value()); }
  void write_last(SharedBytes frame) override {
    write(std::move(frame));
    closed = true;
  }
  void read_next() override { ++reads; }
  void close() override { closed = true; }
  [[nodiscard]] std::vector<std::string> certificate_uris() const override { return {}; }

  void receive(Result<Frame> frame) { post_frame(shared_from_this(), std::move(frame), 1); }
  void end() { post_closed(shared_from_this(), "the test says so"); }

  std::vector<Frame> written;
  int reads = 0;
  bool closed = false;
};

/// Node 1, with everything on a loop of its own.
class Acceptance {
 public:
  Acceptance()
      : loop_("acceptor"),
        gate_(std::make_shared<LoopGate>(loop_)),
        context_{loop_,   gate_,    rules(), {}, handlers(), std::make_shared<CounterBook>(),
                 nullptr, Random(1)},
        acceptor_(context_) {
    loop_.start();
  }
  ~Acceptance() {
    gate_->close();
    acceptor_.close();
    loop_.stop();
  }

  std::shared_ptr<FakeStream> open() {
    auto stream = std::make_shared<FakeStream>(gate_);
    gate_->post([this, stream] { acceptor_.on_stream(stream); });
    settle();
    return stream;
  }
  void receive(FakeStream& stream, Result<Frame> frame) {
    stream.receive(std::move(frame));
    settle();
  }
  void end(FakeStream& stream) {
    stream.end();
    settle();
  }
  /// Everything posted so far has run.
  void settle() {
    std::promise<void> done;
    loop_.post([&] { done.set_value(); });
    done.get_future().wait();
  }

  static PeerHello hello_of(std::int32_t node, std::uint8_t incarnation = 1) {
    PeerHello hello{kTestClusterId, {}, {1, 1}, "test"};
    hello.identity.node = NodeId(node);
    hello.identity.incarnation = IncarnationId(Uuid({incarnation}));
    return hello;
  }
  static raft::Message message(std::int32_t from, std::int32_t to) {
    return {{NodeId(from), {}}, {NodeId(to), {}}, raft::TimeoutNow{raft::Term(1)}};
  }

  std::vector<PeerIdentity> lost;
  int messages = 0;
  [[nodiscard]] PeerCounters counters() const { return context_.counters->read(); }

 private:
  static HandshakeRules rules() {
    HandshakeRules rules;
    rules.cluster_id = kTestClusterId;
    rules.self.node = NodeId(1);
    return rules;
  }
  Peers::Handlers handlers() {
    Peers::Handlers handlers;
    handlers.admit = [](const PeerIdentity&) { return Status(); };
    handlers.lost = [this](const PeerIdentity& who) { lost.push_back(who); };
    handlers.message = [this](const raft::Message&) { ++messages; };
    return handlers;
  }

  Loop loop_;
  std::shared_ptr<LoopGate> gate_;
  PeerContext context_;
  PeerAcceptor acceptor_;
};

}  // namespace

TEST_CASE("an admitted stream carries messages of its node to this one only") {
  for (const auto& [from, to, good] :
       {std::tuple(2, 1, true), std::tuple(3, 1, false), std::tuple(2, 3, false)}) {
    INFO(from << " to " << to);
    Acceptance one;
    const auto stream = one.open();
    one.receive(*stream, Acceptance::hello_of(2));
    REQUIRE(std::holds_alternative<PeerHello>(stream->written.at(0)));
    one.receive(*stream, Acceptance::message(from, to));
    REQUIRE(one.messages == (good ? 1 : 0));
    REQUIRE(stream->closed == !good);
    REQUIRE(one.counters().malformed == (good ? 0U : 1U));
  }
}

TEST_CASE("frames out of turn and frames that cannot be read end the stream") {
  const std::vector<std::pair<std::string, std::vector<Result<Frame>>>> cases = {
      {"a message first", {Acceptance::message(2, 1)}},
      {"a refusal", {Refusal{"no"}}},
      {"two Hellos", {Acceptance::hello_of(2), Acceptance::hello_of(2)}},
      {"damage", {fail(ErrorCode::kMalformed, "damaged")}},
      {"damage later", {Acceptance::hello_of(2), fail(ErrorCode::kMalformed, "damaged")}},
  };
  for (const auto& [what, frames] : cases) {
    INFO(what);
    Acceptance one;
    const auto stream = one.open();
    for (const auto& frame : frames) one.receive(*stream, frame);
    REQUIRE(stream->closed);
    REQUIRE(one.messages == 0);
  }
}

TEST_CASE("a newer stream takes the place of the older") {
  Acceptance one;
  const auto first = one.open();
  one.receive(*first, Acceptance::hello_of(2, 1));
  const auto second = one.open();
  one.receive(*second, Acceptance::hello_of(2, 1));
  REQUIRE(first->closed);
  one.end(*first);
  REQUIRE(one.lost.empty());  // the same incarnation is still there
  const auto third = one.open();
  one.receive(*third, Acceptance::hello_of(2, 2));
  REQUIRE(one.lost.size() == 1);
  REQUIRE(one.lost.at(0).incarnation == IncarnationId(Uuid({1})));
  one.end(*third);
  REQUIRE(one.lost.size() == 2);
  REQUIRE(one.lost.at(1).incarnation == IncarnationId(Uuid({2})));
}

TEST_CASE("the next frame is read when the one before was handled") {
  Acceptance one;
  const auto stream = one.open();
  REQUIRE(stream->reads == 1);
  one.receive(*stream, Acceptance::hello_of(2));
  REQUIRE(stream->reads == 2);
  one.receive(*stream, Acceptance::message(2, 1));
  REQUIRE(stream->reads == 3);
}

TEST_CASE("streams have a limit") {
  Acceptance one;
  std::vector<std::shared_ptr<FakeStream>> streams;
  for (std::size_t i = 0; i < kIncomingStreamsMax; ++i) {
    streams.push_back(one.open());
    one.receive(*streams.back(), Acceptance::hello_of(static_cast<std::int32_t>(i) + 2));
    REQUIRE_FALSE(streams.back()->closed);
  }
  REQUIRE(one.open()->closed);
  one.end(*streams.front());
  REQUIRE_FALSE(one.open()->closed);
}

}  // namespace millrace::node
