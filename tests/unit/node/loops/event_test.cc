#include "node/loops/event.h"

#include <thread>

#include "tests/support/catch.h"

namespace millrace::node {

TEST_CASE("an event that happened is seen by who waits, and by who asks later") {
  Event event;
  REQUIRE_FALSE(event.is_set());
  REQUIRE_FALSE(event.wait_for(Duration(1)));
  std::thread other([&] { event.set(); });
  event.wait();
  other.join();
  REQUIRE(event.is_set());
  REQUIRE(event.wait_for(Duration(0)));
  event.set();
  REQUIRE(event.is_set());
}

}  // namespace millrace::node
