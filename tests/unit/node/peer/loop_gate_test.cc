#include "node/peer/loop_gate.h"

#include <future>

#include "tests/support/catch.h"

namespace millrace::node {

TEST_CASE("a closed gate lets nothing through") {
  Loop loop("gate");
  const auto gate = std::make_shared<LoopGate>(loop);
  int ran = 0;
  gate->post([&] { ++ran; });
  loop.start();
  std::promise<void> started;
  std::promise<void> go_on;
  gate->post([&, wait = go_on.get_future()]() mutable {
    started.set_value();
    wait.wait();
    ++ran;
  });
  started.get_future().wait();
  gate->post([&] { ++ran; });  // behind the one that runs
  auto closed = std::async(std::launch::async, [&] { gate->close(); });
  go_on.set_value();
  closed.wait();
  const int then = ran;
  REQUIRE(then >= 2);
  gate->post([&] { ++ran; });
  std::promise<void> passed;
  loop.post([&] { passed.set_value(); });
  passed.get_future().wait();
  REQUIRE(ran == then);
}

TEST_CASE("a gate may be closed by what runs behind it") {
  Loop loop("gate");
  const auto gate = std::make_shared<LoopGate>(loop);
  loop.start();
  std::promise<void> done;
  gate->post([&] {
    gate->close();
    done.set_value();
  });
  done.get_future().wait();
}

TEST_CASE("a timer runs once, and the newest start counts") {
  Loop loop("timer");
  const auto gate = std::make_shared<LoopGate>(loop);
  std::unique_ptr<LoopTimer> timer;
  std::promise<int> done;
  loop.start();
  loop.post([&] {
    timer = std::make_unique<LoopTimer>(loop, gate);
    timer->start(std::chrono::nanoseconds(1), [&] { done.set_value(1); });
    timer->start(std::chrono::milliseconds(1), [&] { done.set_value(2); });
  });
  REQUIRE(done.get_future().get() == 2);
  std::promise<void> cancelled;
  loop.post([&] {
    timer->start(std::chrono::nanoseconds(1), [] { std::abort(); });
    timer->cancel();
    timer = nullptr;
    cancelled.set_value();
  });
  cancelled.get_future().wait();
}

}  // namespace millrace::node
