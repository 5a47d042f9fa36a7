#include "broker/handlers/10_find_coordinator.h"

#include "tests/support/broker_harness/broker_harness.h"
#include "tests/support/catch.h"

namespace millrace::broker {
namespace {

using kafka::FindCoordinatorRequest;
using kafka::FindCoordinatorResponse;
using kafka::KafkaError;
using sim::BrokerHarness;

constexpr std::int16_t kLastWithOneKey = 3;
constexpr std::int16_t kVersion = 6;

TEST_CASE("find coordinator: one key, refused at once and finally, in words") {
  BrokerHarness broker;
  for (std::int16_t version = 0; version <= kLastWithOneKey; ++version) {
    for (std::int8_t type = 0; type <= (version >= 1 ? 1 : 0); ++type) {
      FindCoordinatorRequest request;
      request.key = "mine";
      request.key_type = type;
      const auto response = broker.ask<FindCoordinatorResponse>(version, request);
      // A retriable code, as COORDINATOR_NOT_AVAILABLE, would have clients ask for ever.
      REQUIRE(response.error_code == KafkaError::kInvalidRequest);
      REQUIRE(response.node_id == kNoNode);
      REQUIRE(response.host.empty());
      REQUIRE(response.port == -1);
      if (version == 0) continue;  // has no room for words
      REQUIRE(response.error_message);
      REQUIRE(response.error_message->find(type == 0 ? "groups are not there yet"
                                                     : "transactions are not there yet") !=
              std::string::npos);
    }
  }
}

TEST_CASE("find coordinator: each of several keys is answered") {
  BrokerHarness broker;
  for (std::int16_t version = kLastWithOneKey + 1; version <= kVersion; ++version) {
    for (const std::int8_t type : {0, 1, 2, 3, -1}) {
      FindCoordinatorRequest request;
      request.coordinator_keys = {"b", "a"};
      request.key_type = type;
      const auto response = broker.ask<FindCoordinatorResponse>(version, request);
      REQUIRE(response.coordinators.size() == 2);
      REQUIRE(response.coordinators[0].key == "b");
      REQUIRE(response.coordinators[1].key == "a");
      for (const auto& coordinator : response.coordinators) {
        REQUIRE(coordinator.error_code == KafkaError::kInvalidRequest);
        REQUIRE(coordinator.error_message);
        REQUIRE(coordinator.node_id == kNoNode);
        REQUIRE(coordinator.port == -1);
      }
    }
  }
  REQUIRE(
      broker.ask<FindCoordinatorResponse>(kVersion, FindCoordinatorRequest{}).coordinators.empty());
}

}  // namespace
}  // namespace millrace::broker
