#include "tests/unit/proto/kafka/codec/golden.h"

#include <set>
#include <tuple>

#include "tests/support/catch.h"
#include "tests/unit/proto/kafka/codec/message_types.h"

using namespace millrace;
using namespace millrace::kafka;

TEST_CASE("what Kafka's client library wrote is read and written again byte by byte") {
  for (const auto& golden : goldens()) {
    INFO(golden.message << " version " << golden.version << " " << golden.variant);
    const MessageType* const type = message_type(golden.message);
    REQUIRE(type != nullptr);
    const auto decoded = type->decode(SharedBytes::copy_of(golden.bytes), golden.version);
    REQUIRE_OK(decoded);
    REQUIRE(decoded->content == golden.content);
    REQUIRE(decoded->encoded == golden.bytes);
    REQUIRE(decoded->left_over == 0);
    REQUIRE(decoded->round_trip);
  }
}

TEST_CASE("every message and version of ours has golden bytes, full and least") {
  std::set<std::tuple<std::string, std::int16_t, std::string>> seen;
  for (const auto& golden : goldens()) {
    seen.emplace(golden.message, golden.version, golden.variant);
  }
  std::size_t expected = 0;
  for (const auto& type : message_types()) {
    for (auto version = type.min_version; version <= type.max_version; ++version) {
      INFO(type.name << " version " << version);
      REQUIRE(seen.contains({std::string(type.name), version, "full"}));
      REQUIRE(seen.contains({std::string(type.name), version, "least"}));
      expected += 2;
    }
  }
  REQUIRE(seen.size() == expected);
}
