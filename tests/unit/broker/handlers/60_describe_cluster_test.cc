#include "broker/handlers/60_describe_cluster.h"

#include "tests/support/broker_harness/broker_harness.h"
#include "tests/support/catch.h"

namespace millrace::broker {
namespace {

using kafka::DescribeClusterRequest;
using kafka::DescribeClusterResponse;
using kafka::KafkaError;
using sim::BrokerHarness;

constexpr std::int16_t kVersion = 2;

void add_node_2(BrokerHarness& broker, bool fenced) {
  controller::BrokerRecord other;
  other.id = NodeId(2);
  other.endpoints = {{BrokerHarness::kListener, "node-2.test", 9093}};
  broker.commit({other, controller::BrokerFenceRecord{NodeId(2), fenced}});
}

TEST_CASE("describe cluster: brokers of the client's listener, in every version") {
  BrokerHarness broker;
  add_node_2(broker, false);
  for (std::int16_t version = 0; version <= kVersion; ++version) {
    const auto response = broker.ask<DescribeClusterResponse>(version, DescribeClusterRequest{});
    REQUIRE(response.error_code == KafkaError::kNone);
    REQUIRE_FALSE(response.error_message);
    REQUIRE(response.cluster_id == broker.image().cluster_id().to_string());
    REQUIRE(response.controller_id == BrokerHarness::kNode);
    REQUIRE(response.endpoint_type == 1);
    REQUIRE(response.cluster_authorized_operations == std::numeric_limits<std::int32_t>::min());
    REQUIRE(response.brokers.size() == 2);
    REQUIRE(response.brokers[0].broker_id == NodeId(1));
    REQUIRE(response.brokers[0].host == "node-1.test");
    REQUIRE(response.brokers[0].port == 9092);
    REQUIRE(response.brokers[0].rack == "az-a");
    REQUIRE(response.brokers[1].host == "node-2.test");
    REQUIRE_FALSE(response.brokers[1].rack);
  }
  broker.context(broker.connection_of(0)).listener = "OTHER";
  const auto other = broker.ask<DescribeClusterResponse>(kVersion, DescribeClusterRequest{});
  REQUIRE(other.brokers.size() == 1);
  REQUIRE(other.brokers[0].host == "other.test");
  REQUIRE(other.brokers[0].port == 9192);
}

TEST_CASE("describe cluster: fenced brokers when asked for") {
  BrokerHarness broker;
  add_node_2(broker, true);
  DescribeClusterRequest request;
  REQUIRE(broker.ask<DescribeClusterResponse>(kVersion, request).brokers.size() == 1);
  request.include_fenced_brokers = true;
  const auto response = broker.ask<DescribeClusterResponse>(kVersion, request);
  REQUIRE(response.brokers.size() == 2);
  REQUIRE_FALSE(response.brokers[0].is_fenced);
  REQUIRE(response.brokers[1].broker_id == NodeId(2));
  REQUIRE(response.brokers[1].is_fenced);
}

TEST_CASE("describe cluster: types of endpoints") {
  BrokerHarness broker;
  for (const std::int8_t type : {0, 2, 3, -1}) {
    DescribeClusterRequest request;
    request.endpoint_type = type;
    const auto response = broker.ask<DescribeClusterResponse>(kVersion, request);
    REQUIRE(response.error_code == (type == 2 ? KafkaError::kMismatchedEndpointType
                                              : KafkaError::kUnsupportedEndpointType));
    REQUIRE(response.error_message);
    REQUIRE(response.brokers.empty());
  }
}

TEST_CASE("describe cluster: what the client may do, when it asks") {
  BrokerHarness broker;
  DescribeClusterRequest request;
  request.include_cluster_authorized_operations = true;
  REQUIRE(broker.ask<DescribeClusterResponse>(0, request).cluster_authorized_operations ==
          (1 << 5 | 1 << 7 | 1 << 8 | 1 << 9 | 1 << 10 | 1 << 11 | 1 << 12));
}

}  // namespace
}  // namespace millrace::broker
