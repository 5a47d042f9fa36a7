#include "broker/handlers/64_unregister_broker.h"

#include "tests/support/broker_harness/broker_harness.h"
#include "tests/support/catch.h"

namespace millrace::broker {
namespace {

using kafka::KafkaError;
using kafka::UnregisterBrokerRequest;
using kafka::UnregisterBrokerResponse;
using sim::BrokerHarness;

UnregisterBrokerRequest request_of(int broker) {
  UnregisterBrokerRequest request;
  request.broker_id = NodeId(broker);
  return request;
}

TEST_CASE("unregister broker: the controller decides, and names its reason") {
  const std::vector<std::pair<std::optional<ErrorCode>, KafkaError>> cases{
      {std::nullopt, KafkaError::kNone},
      {ErrorCode::kNotFound, KafkaError::kBrokerIdNotRegistered},
      {ErrorCode::kPolicyViolation, KafkaError::kPolicyViolation},
      {ErrorCode::kNotController, KafkaError::kNotController},
  };
  BrokerHarness broker;
  for (const auto& [error, expected] : cases) {
    NodeId asked = kNoNode;
    broker.answer_command = [&](const controller::Command& command) {
      asked = std::get<controller::UnregisterBroker>(command.body).id;
      controller::CommandResult result;
      if (error) result.error = Error{*error, "why"};
      return std::optional(result);
    };
    const auto response = broker.ask<UnregisterBrokerResponse>(0, request_of(3));
    REQUIRE(asked == NodeId(3));
    REQUIRE(response.error_code == expected);
    REQUIRE(response.error_message.has_value() == error.has_value());
  }
}

TEST_CASE("unregister broker: a controller that does not answer") {
  BrokerHarness broker;
  broker.controller_runs = false;
  const auto id = broker.send(broker.connect(), 0, request_of(3));
  broker.pass(std::chrono::milliseconds(30'010));
  REQUIRE(broker.response_to<UnregisterBrokerResponse>(id, 0).error_code ==
          KafkaError::kRequestTimedOut);
}

}  // namespace
}  // namespace millrace::broker
