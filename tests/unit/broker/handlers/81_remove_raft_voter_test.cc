#include "broker/handlers/81_remove_raft_voter.h"

#include "tests/support/broker_harness/broker_harness.h"
#include "tests/support/catch.h"

namespace millrace::broker {
namespace {

using kafka::KafkaError;
using kafka::RemoveRaftVoterRequest;
using kafka::RemoveRaftVoterResponse;
using sim::BrokerHarness;

const DirectoryId kDirectory{Uuid({1, 2, 3})};

RemoveRaftVoterRequest request_of(int node = 3) {
  RemoveRaftVoterRequest request;
  request.cluster_id.reset();
  request.voter_id = NodeId(node);
  request.voter_directory_id = kDirectory;
  return request;
}

TEST_CASE("remove voter: what the quorum says, in Kafka's words") {
  const std::vector<std::pair<std::optional<ErrorCode>, KafkaError>> cases{
      {std::nullopt, KafkaError::kNone},
      {ErrorCode::kNotFound, KafkaError::kVoterNotFound},
      {ErrorCode::kLimitReached, KafkaError::kRequestTimedOut},
      {ErrorCode::kInvalidArgument, KafkaError::kInvalidRequest},
      {ErrorCode::kNotController, KafkaError::kNotController},
  };
  BrokerHarness broker;
  for (const auto& [error, expected] : cases) {
    std::optional<controller::RemoveVoter> asked;
    broker.answer_quorum = [&](const controller::QuorumCommand& command) {
      asked = std::get<controller::RemoveVoter>(command.body);
      controller::CommandResult result;
      if (error) result.error = Error{*error, "why"};
      return result;
    };
    const auto response = broker.ask<RemoveRaftVoterResponse>(0, request_of());
    REQUIRE(asked->id == NodeId(3));
    REQUIRE(asked->directory == kDirectory);
    REQUIRE(response.error_code == expected);
    REQUIRE(response.error_message.has_value() == error.has_value());
  }
}

TEST_CASE("remove voter: of this cluster, and by its full name") {
  BrokerHarness broker;
  const auto refusal = [&](const RemoveRaftVoterRequest& request) {
    const auto response = broker.ask<RemoveRaftVoterResponse>(0, request);
    REQUIRE(response.error_message);
    return response.error_code;
  };
  auto request = request_of();
  request.cluster_id = "another";
  REQUIRE(refusal(request) == KafkaError::kInconsistentClusterId);
  REQUIRE(refusal(request_of(-1)) == KafkaError::kInvalidRequest);
  request = request_of();
  request.voter_directory_id = DirectoryId();
  REQUIRE(refusal(request) == KafkaError::kInvalidVoterKey);
  REQUIRE(broker.commands_seen() == 0);
}

}  // namespace
}  // namespace millrace::broker
