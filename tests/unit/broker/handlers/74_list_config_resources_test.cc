#include "broker/handlers/74_list_config_resources.h"

#include "tests/support/broker_harness/broker_harness.h"
#include "tests/support/catch.h"

namespace millrace::broker {
namespace {

using kafka::KafkaError;
using kafka::ListConfigResourcesRequest;
using kafka::ListConfigResourcesResponse;
using sim::BrokerHarness;

using Resources = std::vector<std::pair<int, std::string>>;

ListConfigResourcesResponse ask(BrokerHarness& broker, std::vector<std::int8_t> types,
                                std::int16_t version = 1) {
  ListConfigResourcesRequest request;
  request.resource_types = std::move(types);
  return broker.ask<ListConfigResourcesResponse>(version, request);
}

Resources list(BrokerHarness& broker, std::vector<std::int8_t> types, std::int16_t version = 1) {
  const auto response = ask(broker, std::move(types), version);
  REQUIRE(response.error_code == KafkaError::kNone);
  Resources resources;
  for (const auto& one : response.config_resources) {
    resources.emplace_back(one.resource_type, one.resource_name);
  }
  return resources;
}

TEST_CASE("list config resources: by type") {
  BrokerHarness broker;
  broker.create_topic("b");
  broker.create_topic("a");
  REQUIRE(list(broker, {}) == Resources{{2, "a"}, {2, "b"}, {4, "1"}});
  REQUIRE(list(broker, {2}) == Resources{{2, "a"}, {2, "b"}});
  REQUIRE(list(broker, {4}) == Resources{{4, "1"}});
  REQUIRE(list(broker, {4, 2, 4}) == Resources{{2, "a"}, {2, "b"}, {4, "1"}});
  for (const std::int8_t type : {8, 16, 32}) REQUIRE(list(broker, {type}).empty());
}

TEST_CASE("list config resources: version 0 asks for client metrics, of which there are none") {
  BrokerHarness broker;
  broker.create_topic("a");
  REQUIRE(list(broker, {}, 0).empty());
}

TEST_CASE("list config resources: types that nobody knows") {
  BrokerHarness broker;
  broker.create_topic("a");
  for (const std::int8_t type : {0, 1, 3, 99, -1}) {
    const auto response = ask(broker, {2, type});
    REQUIRE(response.error_code == KafkaError::kUnsupportedVersion);
    REQUIRE(response.config_resources.empty());
  }
}

}  // namespace
}  // namespace millrace::broker
