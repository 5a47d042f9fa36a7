#include "node/kafka_listener/kafka_listener.h"

#include <future>
#include <thread>

#include "base/random.h"
#include "node/loops/system_clock.h"
#include "tests/support/catch.h"
#include "tests/unit/node/net_client.h"

namespace millrace::node {
namespace {

/// Answers every request with its own bytes.
class Echo final : public RequestHandler {
 public:
  void on_request(broker::RequestId id, const broker::RequestContext&, SharedBytes frame) override {
    listener->reply(part, id, {.frame = BytesChain(std::move(frame))});
  }
  void on_connection_closed(broker::ConnectionId) override { ++closed; }

  KafkaListener* listener = nullptr;
  std::size_t part = 0;
  std::atomic<int> closed = 0;
};

std::string framed(const std::string& body) {
  std::string all(4, '\0');
  store_be<std::int32_t>(reinterpret_cast<std::uint8_t*>(all.data()),
                         static_cast<std::int32_t>(body.size()));
  return all + body;
}

/// A listener on a free port of loopback with two loops.
struct Bench {
  explicit Bench(KafkaListener::Options options = {}) {
    listener = std::make_unique<KafkaListener>(
        clock, options, std::make_shared<BlockPool>(16 << 20),
        std::vector<KafkaListener::Part>{{&loops[0], &echoes[0]}, {&loops[1], &echoes[1]}});
    for (std::size_t i = 0; i < 2; ++i) {
      echoes[i].listener = listener.get();
      echoes[i].part = i;
      loops[i].start();
    }
    auto socket = ListeningSocket::open({"127.0.0.1", 0});
    REQUIRE_OK(socket);
    REQUIRE_OK(socket->listen());
    port = socket->local().port;
    std::vector<BoundListener> listeners;
    listeners.push_back({"PLAINTEXT", false, std::move(*socket)});
    listener->start(std::move(listeners));
  }
  ~Bench() {
    listener->close_all();
    for (auto& loop : loops) loop.stop();
  }
  /// Everything posted to the loops so far has run.
  void settle() {
    for (int round = 0; round < 3; ++round) {
      for (auto& loop : loops) {
        std::promise<void> done;
        loop.post([&done] { done.set_value(); });
        done.get_future().wait();
      }
    }
  }

  SystemClock clock;
  std::array<Loop, 2> loops = {Loop("loop-0"), Loop("loop-1")};
  std::array<Echo, 2> echoes;
  std::unique_ptr<KafkaListener> listener;
  std::uint16_t port = 0;
};

}  // namespace

TEST_CASE("requests of any size travel both ways over a real socket") {
  Bench bench;
  const NetClient client(bench.port);
  for (const std::size_t bytes : {8u, 100u, 16'384u, 70'000u, 1'048'700u, 5'000'000u}) {
    const auto frame = framed(std::string(bytes, 'm'));
    std::thread sender([&] { client.send(frame); });
    const auto got = client.receive(frame.size());
    sender.join();
    REQUIRE(got == frame);
  }
}

TEST_CASE("connections spread evenly over the loops") {
  Bench bench;
  std::vector<std::unique_ptr<NetClient>> clients;
  for (int i = 0; i < 10; ++i) {
    clients.push_back(std::make_unique<NetClient>(bench.port));
    clients.back()->send(framed("12345678"));
    REQUIRE(clients.back()->receive(12).size() == 12);
  }
  REQUIRE(bench.listener->stats().connections == 10);
  REQUIRE(bench.listener->stats().created == 10);
}

TEST_CASE("a connection above max.connections.per.ip is closed at once") {
  KafkaListener::Options options;
  options.connections_per_ip_max = 2;
  Bench bench(options);
  {
    const NetClient a(bench.port);
    const NetClient b(bench.port);
    for (const auto* each : {&a, &b}) {
      each->send(framed("12345678"));
      REQUIRE(each->receive(12).size() == 12);
    }
    const NetClient c(bench.port);
    REQUIRE(c.receive(1).empty());
    a.send(framed("still fine"));
    REQUIRE(a.receive(14).size() == 14);
  }
  // The place is free again once the node has seen the two go.
  while (bench.listener->stats().connections > 0) std::this_thread::yield();
  bench.settle();
  const NetClient d(bench.port);
  d.send(framed("12345678"));
  REQUIRE(d.receive(12).size() == 12);
}

TEST_CASE("after drain the port is closed and connections end") {
  Bench bench;
  const NetClient client(bench.port);
  client.send(framed("12345678"));
  REQUIRE(client.receive(12).size() == 12);
  bench.listener->drain();
  REQUIRE(client.receive(1).empty());
  bench.settle();
  REQUIRE_FALSE(NetClient(bench.port).is_connected());
}

TEST_CASE("random load from many clients comes back intact") {
  Bench bench;
  std::vector<std::thread> threads;
  std::atomic<int> wrong = 0;
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    threads.emplace_back([&, seed] {
      Random random(seed);
      for (int connection = 0; connection < 5; ++connection) {
        const NetClient client(bench.port);
        std::string expected;
        for (int i = 0; i < 20; ++i) {
          const auto frame = framed(std::string(random.below(40'000) + 8, static_cast<char>(i)));
          expected += frame;
        }
        std::thread sender([&] { client.send(expected); });
        if (random.chance(1, 5)) {  // some clients leave early
          static_cast<void>(client.receive(random.below(expected.size())));
          client.shut_down();
          sender.join();
          continue;
        }
        if (client.receive(expected.size()) != expected) ++wrong;
        sender.join();
      }
    });
  }
  for (auto& thread : threads) thread.join();
  REQUIRE(wrong == 0);
  while (bench.listener->stats().connections > 0) std::this_thread::yield();
  bench.settle();
  REQUIRE(bench.listener->stats().memory_used == 0);
}

}  // namespace millrace::node
