#include "broker/handlers/80_add_raft_voter.h"

#include "tests/support/broker_harness/broker_harness.h"
#include "tests/support/catch.h"

namespace millrace::broker {
namespace {

using kafka::AddRaftVoterRequest;
using kafka::AddRaftVoterResponse;
using kafka::KafkaError;
using sim::BrokerHarness;

constexpr std::int16_t kVersion = 1;
const DirectoryId kDirectory{Uuid({1, 2, 3})};

AddRaftVoterRequest request_of(int node = 4) {
  AddRaftVoterRequest request;
  request.cluster_id.reset();
  request.timeout_ms = 1'000;
  request.voter_id = NodeId(node);
  request.voter_directory_id = kDirectory;
  return request;
}

/// Keeps what the quorum was asked, and answers with an error or none.
struct Script {
  explicit Script(BrokerHarness& broker) {
    broker.answer_quorum = [this](const controller::QuorumCommand& command) {
      asked = std::get<controller::AddVoter>(command.body);
      controller::CommandResult result;
      if (error) result.error = Error{*error, "why"};
      return result;
    };
  }
  std::optional<ErrorCode> error;
  std::optional<controller::AddVoter> asked;
};

KafkaError refusal(BrokerHarness& broker, const AddRaftVoterRequest& request) {
  const auto response = broker.ask<AddRaftVoterResponse>(kVersion, request);
  REQUIRE(response.error_message);
  REQUIRE(broker.commands_seen() == 0);
  return response.error_code;
}

TEST_CASE("add voter: handed to the quorum, with when to answer") {
  BrokerHarness broker;
  Script script(broker);
  auto request = request_of();
  for (const bool when_committed : {true, false}) {
    request.ack_when_committed = when_committed;
    const auto response = broker.ask<AddRaftVoterResponse>(1, request);
    REQUIRE(response.error_code == KafkaError::kNone);
    REQUIRE_FALSE(response.error_message);
    REQUIRE(script.asked->id == NodeId(4));
    REQUIRE(script.asked->directory == kDirectory);
    REQUIRE(script.asked->when_committed == when_committed);
  }
  REQUIRE(broker.ask<AddRaftVoterResponse>(0, request_of()).error_code == KafkaError::kNone);
  REQUIRE(script.asked->when_committed);
}

TEST_CASE("add voter: what the quorum says, in Kafka's words") {
  const std::vector<std::pair<ErrorCode, KafkaError>> cases{
      {ErrorCode::kAlreadyExists, KafkaError::kDuplicateVoter},
      {ErrorCode::kLimitReached, KafkaError::kRequestTimedOut},
      {ErrorCode::kReplicaNotAvailable, KafkaError::kReplicaNotAvailable},
      {ErrorCode::kNotController, KafkaError::kNotController},
  };
  BrokerHarness broker;
  Script script(broker);
  for (const auto& [error, expected] : cases) {
    script.error = error;
    const auto response = broker.ask<AddRaftVoterResponse>(kVersion, request_of());
    REQUIRE(response.error_code == expected);
    REQUIRE(response.error_message == "why");
  }
}

TEST_CASE("add voter: the cluster is compared when it is named") {
  BrokerHarness broker;
  Script script(broker);
  auto request = request_of();
  request.cluster_id = "another";
  REQUIRE(refusal(broker, request) == KafkaError::kInconsistentClusterId);
  request.cluster_id = broker.image().cluster_id().to_string();
  REQUIRE(broker.ask<AddRaftVoterResponse>(kVersion, request).error_code == KafkaError::kNone);
}

TEST_CASE("add voter: who names no voter") {
  BrokerHarness broker;
  REQUIRE(refusal(broker, request_of(-1)) == KafkaError::kInvalidRequest);
  auto request = request_of();
  request.voter_directory_id = DirectoryId();
  REQUIRE(refusal(broker, request) == KafkaError::kInvalidVoterKey);
}

TEST_CASE("add voter: listeners may say what is so, and nothing else") {
  BrokerHarness broker;
  Script script(broker);
  using Listeners = std::vector<std::tuple<std::string, std::string, std::uint16_t>>;
  const auto request_with = [](const Listeners& listeners) {
    auto request = request_of(1);
    for (const auto& [name, host, port] : listeners) {
      auto& listener = request.listeners.emplace_back();
      listener.name = name;
      listener.host = host;
      listener.port = port;
    }
    return request;
  };
  const std::string known = BrokerHarness::kListener;
  for (const Listeners& wrong :
       {Listeners{{"C", "c.test", 1}, {"C", "c.test", 1}}, Listeners{{"C", "", 1}},
        Listeners{{"C", "c.test", 0}}, Listeners{{known, "node-1.test", 1}},
        Listeners{{"C", "c.test", 1}, {known, "elsewhere.test", 9092}}}) {
    REQUIRE(refusal(broker, request_with(wrong)) == KafkaError::kInvalidRequest);
  }
  for (const Listeners& right :
       {Listeners{}, Listeners{{"C", "c.test", 9093}, {known, "node-1.test", 9092}}}) {
    REQUIRE(broker.ask<AddRaftVoterResponse>(kVersion, request_with(right)).error_code ==
            KafkaError::kNone);
  }
}

TEST_CASE("add voter: one that takes too long") {
  BrokerHarness broker;
  broker.controller_runs = false;
  const auto id = broker.send(broker.connect(), kVersion, request_of());
  broker.pass(std::chrono::milliseconds(1'010));
  REQUIRE(broker.response_to<AddRaftVoterResponse>(id, kVersion).error_code ==
          KafkaError::kRequestTimedOut);
}

}  // namespace
}  // namespace millrace::broker
