#include "node/assembly/stop_signal.h"

#include <thread>

#include "tests/support/catch.h"

namespace millrace::node {

TEST_CASE("a stop that was requested is seen by who waits and who asks") {
  StopSignal stop;
  REQUIRE_FALSE(stop.requested());
  REQUIRE_FALSE(stop.wait_for(Duration(1)));
  std::thread other([&] { stop.request(); });
  stop.wait();
  other.join();
  REQUIRE(stop.requested());
  REQUIRE(stop.wait_for(Duration(0)));
  REQUIRE_FALSE(stop.failed());
}

TEST_CASE("a stop after a failure is told from one that was wished") {
  StopSignal stop;
  stop.request();
  stop.request_after_failure();
  REQUIRE(stop.failed());
  REQUIRE(stop.requested());
}

}  // namespace millrace::node
