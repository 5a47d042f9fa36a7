#include "broker/handlers/10000_transfer_quorum_leadership.h"

#include "proto/kafka/messages/api_versions.h"
#include "tests/support/broker_harness/broker_harness.h"
#include "tests/support/catch.h"

namespace millrace::broker {
namespace {

using kafka::KafkaError;
using kafka::TransferQuorumLeadershipRequest;
using kafka::TransferQuorumLeadershipResponse;
using sim::BrokerHarness;

constexpr std::int16_t kKey = 10'000;

TransferQuorumLeadershipRequest request_of(int to = 2) {
  TransferQuorumLeadershipRequest request;
  request.cluster_id.reset();
  request.timeout_ms = 1'000;
  request.to_id = NodeId(to);
  return request;
}

TEST_CASE("transfer leadership: handed to the quorum") {
  const std::vector<std::pair<std::optional<ErrorCode>, KafkaError>> cases{
      {std::nullopt, KafkaError::kNone},
      {ErrorCode::kInvalidArgument, KafkaError::kInvalidRequest},
      {ErrorCode::kNotController, KafkaError::kNotController},
      {ErrorCode::kTimedOut, KafkaError::kRequestTimedOut},
  };
  BrokerHarness broker;
  for (const auto& [error, expected] : cases) {
    NodeId asked = kNoNode;
    broker.answer_quorum = [&](const controller::QuorumCommand& command) {
      asked = std::get<controller::TransferLeadership>(command.body).to;
      controller::CommandResult result;
      if (error) result.error = Error{*error, "why"};
      return result;
    };
    const auto response = broker.ask<TransferQuorumLeadershipResponse>(0, request_of());
    REQUIRE(asked == NodeId(2));
    REQUIRE(response.error_code == expected);
    REQUIRE(response.error_message.has_value() == error.has_value());
  }
}

TEST_CASE("transfer leadership: of this cluster only") {
  BrokerHarness broker;
  auto request = request_of();
  request.cluster_id = "another";
  REQUIRE(broker.ask<TransferQuorumLeadershipResponse>(0, request).error_code ==
          KafkaError::kInconsistentClusterId);
  REQUIRE(broker.commands_seen() == 0);
}

TEST_CASE("transfer leadership: one that takes too long") {
  BrokerHarness broker;
  broker.controller_runs = false;
  const auto id = broker.send(broker.connect(), 0, request_of());
  broker.pass(std::chrono::milliseconds(1'010));
  REQUIRE(broker.response_to<TransferQuorumLeadershipResponse>(id, 0).error_code ==
          KafkaError::kRequestTimedOut);
}

TEST_CASE("transfer leadership: told to our own command only") {
  BrokerHarness broker;
  const auto is_told_to = [&](const std::string& software) {
    const auto response =
        broker.ask<kafka::ApiVersionsResponse>(4, kafka::ApiVersionsRequest{software, "1", {}});
    return std::any_of(response.api_keys.begin(), response.api_keys.end(),
                       [](const auto& row) { return row.api_key == kKey; });
  };
  REQUIRE(is_told_to("millrace"));
  REQUIRE_FALSE(is_told_to("librdkafka"));
}

}  // namespace
}  // namespace millrace::broker
