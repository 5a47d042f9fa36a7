#include <atomic>
#include <future>
#include <thread>

#include "base/random.h"
#include "node/loops/io_pool.h"
#include "node/loops/loop.h"
#include "tests/support/catch.h"

namespace millrace::node {

TEST_CASE("a burst of posts costs one wake-up and keeps its order") {
  Mailbox mailbox;
  std::vector<int> ran;
  REQUIRE(mailbox.push([&] { ran.push_back(1); }));
  REQUIRE_FALSE(mailbox.push([&] { ran.push_back(2); }));
  REQUIRE_FALSE(mailbox.push([&] { ran.push_back(3); }));
  for (auto& task : mailbox.take()) std::move(task)();
  REQUIRE(ran == std::vector<int>{1, 2, 3});
  REQUIRE(mailbox.push([] {}));  // everything was taken: the next one wakes again
}

TEST_CASE("a loop runs the tasks of each poster in order") {
  Loop loop("test");
  std::vector<std::vector<int>> seen(4);
  loop.start();
  std::vector<std::thread> posters;
  for (std::size_t poster = 0; poster < seen.size(); ++poster) {
    posters.emplace_back([&, poster] {
      for (int i = 0; i < 1000; ++i) loop.post([&seen, poster, i] { seen[poster].push_back(i); });
    });
  }
  for (auto& each : posters) each.join();
  std::promise<void> done;
  loop.post([&] { done.set_value(); });
  done.get_future().wait();
  loop.stop();
  for (const auto& each : seen) {
    REQUIRE(each.size() == 1000);
    REQUIRE(std::is_sorted(each.begin(), each.end()));
  }
}

TEST_CASE("tasks left when a loop stops are destroyed, not run") {
  auto alive = std::make_shared<int>(0);
  Loop loop("test");
  loop.post([alive] { ++*alive; });
  loop.start();
  loop.stop();
  const int ran = *alive;
  loop.post([alive] { ++*alive; });
  loop.stop();
  REQUIRE(ran <= 1);
  REQUIRE(*alive == ran);
}

TEST_CASE("loops and the pool exchange random work until all of it is done") {
  struct Work {
    std::array<Loop, 3> loops = {Loop("a"), Loop("b"), Loop("c")};
    IoPool pool{"io", 3};
    std::atomic<int> left = 0;
    std::promise<void> done;

    void step(Random random, int hops) {
      if (hops == 0) {
        if (--left == 0) done.set_value();
        return;
      }
      const auto next = random.below(4);
      auto task = [this, random = random.fork(), hops] { step(random, hops - 1); };
      if (next == 3) {
        pool.post(task);
      } else {
        loops[next].post(task);
      }
    }
  } work;
  constexpr int kChains = 200;
  work.left = kChains;
  for (auto& loop : work.loops) loop.start();
  for (int i = 0; i < kChains; ++i) work.step(Random(i), 50);
  work.done.get_future().wait();
  work.pool.stop();
  for (auto& loop : work.loops) loop.stop();
  REQUIRE(work.left == 0);
}

TEST_CASE("a stopped pool lets running tasks end and destroys the rest") {
  std::promise<void> running;
  std::promise<void> go_on;
  std::atomic<bool> ended = false;
  auto waiting = std::make_shared<int>(7);
  const std::weak_ptr<int> watch = waiting;
  IoPool pool("io", 1);
  pool.post([&] {
    running.set_value();
    go_on.get_future().wait();
    ended = true;
  });
  running.get_future().wait();
  pool.post([waiting = std::move(waiting)] { FAIL("ran after stop"); });
  REQUIRE(pool.waiting() == 1);
  std::thread stopper([&] { pool.stop(); });
  while (pool.waiting() > 0) std::this_thread::yield();
  go_on.set_value();
  stopper.join();
  REQUIRE(ended);
  REQUIRE(watch.expired());
}

TEST_CASE("background work leaves a thread to the rest of the pool") {
  IoPool pool("io", 2);
  std::promise<void> release;
  const auto released = release.get_future().share();
  for (int i = 0; i < 3; ++i) pool.post_background([released] { released.wait(); });
  std::promise<void> served;
  pool.post([&served] { served.set_value(); });
  served.get_future().wait();  // for ever, if the background had taken both threads
  release.set_value();
}

TEST_CASE("background work starts when nothing else waits, and all of it runs") {
  IoPool pool("io", 1);
  std::promise<void> release;
  std::vector<int> order;  // the pool's only thread writes it
  std::promise<void> done;
  pool.post([blocked = release.get_future().share()] { blocked.wait(); });
  for (int i = 0; i < 2; ++i) {
    pool.post_background([&order, &done, i] {
      order.push_back(10 + i);
      if (i == 1) done.set_value();
    });
  }
  pool.post([&order] { order.push_back(1); });
  REQUIRE(pool.waiting() >= 3);
  release.set_value();
  done.get_future().wait();
  REQUIRE(order == std::vector<int>{1, 10, 11});
}

}  // namespace millrace::node
