#include "controller/metadata/chunked.h"

#include <algorithm>

#include "base/random.h"
#include "tests/support/catch.h"

namespace millrace::controller {

TEST_CASE("a chunked vector is a vector, and so is each copy") {
  Random random(1);
  std::vector<std::pair<Chunked<int>, std::vector<int>>> copies(1);
  for (int step = 0; step < 3000; ++step) {
    auto& [chunked, twin] = copies[static_cast<std::size_t>(random.below(copies.size()))];
    const auto value = static_cast<int>(random.below(1000));
    if (twin.empty() || random.chance(1, 2)) {
      chunked.push_back(value);
      twin.push_back(value);
    } else {
      const auto at = static_cast<std::size_t>(random.below(twin.size()));
      chunked.set(at, value);
      twin[at] = value;
    }
    if (random.chance(1, 100)) copies.push_back(copies.back());
  }
  for (const auto& [chunked, twin] : copies) {
    REQUIRE(chunked.size() == twin.size());
    REQUIRE(std::equal(chunked.begin(), chunked.end(), twin.begin(), twin.end()));
    for (const auto& [other, other_twin] : copies) {
      REQUIRE((chunked == other) == (twin == other_twin));
    }
    if (twin.empty()) continue;
    REQUIRE(chunked.front() == twin.front());
    REQUIRE(chunked.back() == twin.back());
  }
}

TEST_CASE("a change copies one chunk and no more") {
  Chunked<int> before;
  for (int i = 0; i < 200; ++i) before.push_back(i);
  auto after = before;
  after.set(70, -1);
  REQUIRE(before[70] == 70);
  REQUIRE(after[70] == -1);
  for (std::size_t i = 0; i < 200; ++i) {
    REQUIRE(after.shares(before, i) == (i / Chunked<int>::kChunk != 1));
  }
}

}  // namespace millrace::controller
