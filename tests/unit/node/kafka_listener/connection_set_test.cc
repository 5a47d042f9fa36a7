#include "node/kafka_listener/connection_set.h"

#include "tests/support/catch.h"
#include "tests/unit/node/kafka_listener/fake_stream.h"

namespace millrace::node {
namespace {

using namespace std::chrono_literals;

class TestClock final : public Clock {
 public:
  [[nodiscard]] MonotonicTime now() const override { return MonotonicTime(elapsed); }
  [[nodiscard]] TimestampMs wall_now() const override { return TimestampMs(0); }
  Duration elapsed = 1h;
};

/// Notes what it is asked, answers when the test says so.
class TestHandler final : public RequestHandler {
 public:
  void on_request(broker::RequestId id, const broker::RequestContext&, SharedBytes frame) override {
    requests.emplace_back(id, std::move(frame));
  }
  void on_connection_closed(broker::ConnectionId connection) override {
    closed.push_back(connection.value());
  }
  std::deque<std::pair<broker::RequestId, SharedBytes>> requests;
  std::vector<std::uint64_t> closed;
};

std::string request(std::int16_t api_key, std::size_t bytes = 12) {
  std::string frame(4 + bytes, 'x');
  store_be<std::int32_t>(reinterpret_cast<std::uint8_t*>(frame.data()),
                         static_cast<std::int32_t>(bytes));
  store_be<std::int16_t>(reinterpret_cast<std::uint8_t*>(frame.data()) + 4, api_key);
  return frame;
}
constexpr std::int16_t kProduce = 0;
constexpr std::int16_t kFetch = 1;

struct Bench {
  explicit Bench(ConnectionLimits limits = {}, std::uint64_t memory = 1 << 30)
      : budget(std::make_shared<MemoryBudget>(memory)),
        set(clock, limits, {std::make_shared<BlockPool>(1 << 20), budget}, handler,
            {.later = [this](Task task) { tasks.push_back(std::move(task)); },
             .paused = [this] { ++pauses; }}) {}

  void connect(std::uint64_t id, FakePeer& peer, bool is_authenticated = true) {
    broker::RequestContext context;
    context.is_authenticated = is_authenticated;
    set.add(broker::ConnectionId(id), std::make_unique<FakeStream>(peer), std::move(context),
            [this] { ++gone; });
  }
  /// Lets everything happen that is due.
  void settle(std::initializer_list<FakePeer*> peers) {
    do {
      for (auto& task : std::exchange(tasks, {})) std::move(task)();
      for (auto* peer : peers) peer->run();
    } while (!tasks.empty());
  }
  void answer(std::string_view text) {
    const auto id = handler.requests.front().first;
    handler.requests.pop_front();
    set.reply(id, {.frame = BytesChain(SharedBytes::copy_of(as_bytes(text)))});
  }

  TestClock clock;
  TestHandler handler;
  std::vector<Task> tasks;
  int pauses = 0;
  int gone = 0;
  std::shared_ptr<MemoryBudget> budget;
  ConnectionSet set;
};

}  // namespace

TEST_CASE("several requests are in flight and answered in order") {
  FakePeer peer;
  Bench bench;
  bench.connect(1, peer);
  peer.to_node = request(kProduce) + request(kProduce) + request(3);
  bench.settle({&peer});
  REQUIRE(bench.handler.requests.size() == 3);
  std::swap(bench.handler.requests[0], bench.handler.requests[1]);
  bench.answer("second");
  bench.settle({&peer});
  REQUIRE(peer.from_node.empty());
  bench.answer("first");
  bench.settle({&peer});
  using namespace std::string_literals;
  REQUIRE(peer.from_node == "\0\0\0\5first\0\0\0\6second"s);
}

TEST_CASE("a connection does not hand over more than its limit of requests") {
  FakePeer peer;
  Bench bench({.in_flight_requests_max = 4});
  bench.connect(1, peer);
  for (int i = 0; i < 3000; ++i) peer.to_node += request(kProduce, 100);
  bench.settle({&peer});
  REQUIRE(bench.handler.requests.size() == 4);
  REQUIRE(peer.to_node.size() > 200'000);  // what does not fit stays with the client
  REQUIRE_FALSE(peer.wants_read);
  int answered = 0;
  while (!bench.handler.requests.empty()) {
    bench.answer("ok");
    ++answered;
    bench.settle({&peer});
    REQUIRE(bench.handler.requests.size() <= 4);
  }
  REQUIRE(answered == 3000);
  REQUIRE(peer.wants_read);
}

TEST_CASE("request bytes in flight are limited, but one request always passes") {
  FakePeer peer;
  Bench bench({.in_flight_bytes_max = 1000});
  bench.connect(1, peer);
  peer.to_node = request(kProduce, 5000) + request(kProduce, 10) + request(kProduce, 10);
  bench.settle({&peer});
  REQUIRE(bench.handler.requests.size() == 1);
  bench.answer("ok");
  bench.settle({&peer});
  REQUIRE(bench.handler.requests.size() == 2);
}

TEST_CASE("a fetch waits until nothing else is in flight") {
  FakePeer peer;
  Bench bench;
  bench.connect(1, peer);
  peer.to_node = request(kFetch) + request(kFetch) + request(kProduce);
  bench.settle({&peer});
  REQUIRE(bench.handler.requests.size() == 1);
  bench.answer("data");
  bench.settle({&peer});
  REQUIRE(bench.handler.requests.size() == 2);
}

TEST_CASE("a client that does not read its replies gets no more, and is closed after a while") {
  FakePeer peer;
  Bench bench({.in_flight_bytes_max = 1000});
  bench.connect(1, peer);
  peer.room = 10;
  for (int i = 0; i < 10; ++i) peer.to_node += request(kProduce);
  bench.settle({&peer});
  bench.answer(std::string(5000, 'r'));
  bench.settle({&peer});
  REQUIRE(peer.from_node.size() == 10);
  peer.to_node += request(kProduce);
  bench.settle({&peer});
  REQUIRE(bench.handler.requests.size() == 9);
  REQUIRE(bench.budget->used() > 4990);

  bench.clock.elapsed += 29s;
  bench.set.sweep();
  REQUIRE_FALSE(peer.node_closed);
  bench.clock.elapsed += 1s;
  bench.set.sweep();
  REQUIRE(peer.node_closed);
  bench.settle({&peer});
  REQUIRE(bench.gone == 1);
  REQUIRE(bench.set.error_count() == 1);
  bench.handler.requests.clear();
  REQUIRE(bench.budget->used() == 0);
}

TEST_CASE("a slow reader that keeps up a minimum is left alone") {
  FakePeer peer;
  Bench bench({.progress_timeout = 10s, .progress_bytes_min = 100});
  bench.connect(1, peer);
  peer.room = 0;
  peer.to_node = request(kProduce);
  bench.settle({&peer});
  bench.answer(std::string(5000, 'r'));
  for (int i = 0; i < 5; ++i) {
    peer.room = 100;
    bench.settle({&peer});
    bench.clock.elapsed += 10s;
    bench.set.sweep();
    REQUIRE_FALSE(peer.node_closed);
  }
  peer.room = 99;
  bench.settle({&peer});
  bench.clock.elapsed += 10s;
  bench.set.sweep();
  REQUIRE(peer.node_closed);
}

TEST_CASE("half a request that does not go on is closed, however it drips") {
  FakePeer silent;
  FakePeer dripping;
  Bench bench;
  bench.connect(1, silent);
  bench.connect(2, dripping);
  const auto whole = request(kProduce, 1000);
  silent.to_node = whole.substr(0, 2);
  dripping.to_node = whole.substr(0, 50);
  bench.settle({&silent, &dripping});
  for (int i = 0; i < 29; ++i) {
    bench.clock.elapsed += 1s;
    dripping.to_node = "x";
    bench.settle({&dripping});
    bench.set.sweep();
  }
  REQUIRE_FALSE(silent.node_closed);
  bench.clock.elapsed += 1s;
  bench.set.sweep();
  REQUIRE(silent.node_closed);
  REQUIRE(dripping.node_closed);
}

TEST_CASE("a client is not blamed for time in which the node did not read") {
  FakePeer peer;
  Bench bench({.in_flight_requests_max = 1});
  bench.connect(1, peer);
  peer.to_node = request(kProduce) + request(kProduce) + request(kProduce, 500).substr(0, 100);
  bench.settle({&peer});
  bench.clock.elapsed += 10min;
  bench.set.sweep();
  REQUIRE_FALSE(peer.node_closed);
  bench.answer("ok");
  bench.settle({&peer});
  bench.answer("ok");
  bench.settle({&peer});
  bench.clock.elapsed += 29s;
  bench.set.sweep();
  REQUIRE_FALSE(peer.node_closed);
  bench.clock.elapsed += 1s;
  bench.set.sweep();
  REQUIRE(peer.node_closed);
}

TEST_CASE("an idle connection is closed without a complaint, a pending request is not idle") {
  FakePeer idle;
  FakePeer pending;
  Bench bench({.idle_timeout = 60s});
  bench.connect(1, idle);
  bench.connect(2, pending);
  pending.to_node = request(kFetch);
  bench.settle({&idle, &pending});
  bench.clock.elapsed += 59s;
  bench.set.sweep();
  REQUIRE_FALSE(idle.node_closed);
  bench.clock.elapsed += 1s;
  bench.set.sweep();
  REQUIRE(idle.node_closed);
  REQUIRE_FALSE(pending.node_closed);
  REQUIRE(bench.set.error_count() == 0);
  REQUIRE(bench.handler.closed == std::vector<std::uint64_t>{1});
}

TEST_CASE("before authentication a request may have 64 KiB") {
  FakePeer small;
  FakePeer large;
  Bench bench;
  bench.connect(1, small, false);
  bench.connect(2, large, false);
  small.to_node = request(18, 64 << 10);
  large.to_node = request(18, (64 << 10) + 1).substr(0, 100);
  bench.settle({&small, &large});
  REQUIRE(bench.handler.requests.size() == 1);
  REQUIRE_FALSE(small.node_closed);
  REQUIRE(large.node_closed);
}

TEST_CASE("above the node's memory limit no connection starts another request") {
  FakePeer busy;
  FakePeer other;
  Bench bench({}, 10'000);
  bench.connect(1, busy);
  bench.connect(2, other);
  busy.to_node = request(kProduce, 12'000);
  bench.settle({&busy, &other});
  REQUIRE(bench.handler.requests.size() == 1);
  REQUIRE(bench.pauses == 1);
  REQUIRE_FALSE(busy.wants_read);

  other.to_node = request(kProduce);  // this one was armed before and pauses when it is read
  bench.settle({&busy, &other});
  const auto still = bench.handler.requests.size();
  other.to_node += request(kProduce);
  bench.settle({&busy, &other});
  REQUIRE(bench.handler.requests.size() == still);
  bench.set.resume_paused();
  REQUIRE_FALSE(busy.wants_read);  // nothing was freed

  while (!bench.handler.requests.empty()) bench.answer("ok");
  bench.settle({&busy, &other});
  bench.set.resume_paused();
  bench.settle({&busy, &other});
  REQUIRE(busy.wants_read);
  REQUIRE_FALSE(bench.handler.requests.empty());
}

TEST_CASE("garbage closes the connection and disturbs no other") {
  FakePeer bad;
  FakePeer good;
  Bench bench;
  bench.connect(1, bad);
  bench.connect(2, good);
  bad.to_node = "GET / HTTP/1.1\r\n\r\n";
  good.to_node = request(kProduce);
  bench.settle({&bad, &good});
  REQUIRE(bad.node_closed);
  REQUIRE(bench.set.error_count() == 1);
  bench.answer("fine");
  bench.settle({&bad, &good});
  REQUIRE(good.from_node.substr(4) == "fine");
}

TEST_CASE("the end of the stream between requests is no error, inside one it is") {
  FakePeer polite;
  FakePeer rude;
  FakePeer reset;
  Bench bench;
  bench.connect(1, polite);
  bench.connect(2, rude);
  bench.connect(3, reset);
  rude.to_node = "\0\0";
  polite.finished = rude.finished = true;
  reset.reset = true;
  rude.to_node = request(kProduce).substr(0, 7);
  bench.settle({&polite, &rude, &reset});
  REQUIRE(bench.gone == 3);
  REQUIRE(bench.set.error_count() == 1);
  REQUIRE(bench.set.connection_count() == 0);
}

TEST_CASE("replies to a connection that is gone are dropped") {
  FakePeer peer;
  Bench bench;
  bench.connect(1, peer);
  peer.to_node = request(kProduce);
  bench.settle({&peer});
  peer.finished = true;
  bench.settle({&peer});
  bench.answer("too late");
  bench.settle({&peer});
  REQUIRE(peer.from_node.empty());
  REQUIRE(bench.budget->used() == 0);
}

TEST_CASE("a reply that closes takes the connection down with its reason") {
  FakePeer peer;
  Bench bench;
  bench.connect(1, peer);
  peer.to_node = request(kProduce);
  bench.settle({&peer});
  bench.set.reply(bench.handler.requests.front().first,
                  {.kind = broker::Reply::Kind::kClose, .frame = {}, .reason = "not a request"});
  bench.settle({&peer});
  REQUIRE(peer.node_closed);
  REQUIRE(bench.set.error_count() == 1);
}

TEST_CASE("drain answers what is in flight, takes nothing new, and closes") {
  FakePeer busy;
  FakePeer idle;
  Bench bench({.in_flight_requests_max = 1});
  bench.connect(1, busy);
  bench.connect(2, idle);
  busy.to_node = request(kProduce) + request(kProduce);
  bench.settle({&busy, &idle});
  bench.set.drain();
  bench.settle({&busy, &idle});
  REQUIRE(idle.node_closed);
  REQUIRE_FALSE(busy.node_closed);
  bench.answer("last");
  bench.settle({&busy, &idle});
  REQUIRE(busy.from_node.substr(4) == "last");
  REQUIRE(busy.node_closed);
  REQUIRE(bench.handler.requests.empty());
  REQUIRE(bench.set.error_count() == 0);
}

}  // namespace millrace::node
