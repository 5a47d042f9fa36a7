#include "broker/handlers/55_describe_quorum.h"

#include "tests/support/broker_harness/broker_harness.h"
#include "tests/support/catch.h"

namespace millrace::broker {
namespace {

using controller::CommandResult;
using controller::QuorumDescription;
using controller::QuorumReplica;
using kafka::DescribeQuorumRequest;
using kafka::DescribeQuorumResponse;
using kafka::KafkaError;
using sim::BrokerHarness;

constexpr std::int16_t kVersion = 2;

DirectoryId directory_of(std::uint8_t number) {
  std::array<std::uint8_t, Uuid::kBytes> bytes{};
  bytes.back() = number;
  return DirectoryId(Uuid(bytes));
}

DescribeQuorumRequest request_of(const std::string& topic = "__cluster_metadata",
                                 const std::vector<int>& partitions = {0}) {
  DescribeQuorumRequest request;
  request.topics.emplace_back().topic_name = topic;
  for (const int partition : partitions) {
    request.topics.back().partitions.emplace_back().partition_index = PartitionIndex(partition);
  }
  return request;
}

/// Node 2 leads, node 1 votes and is a little behind, node 4 observes and was not heard of.
QuorumDescription quorum() {
  QuorumDescription quorum;
  quorum.leader = NodeId(2);
  quorum.epoch = 7;
  quorum.high_watermark = Offset(100);
  QuorumReplica leader{NodeId(2),          directory_of(2),    Offset(100),
                       TimestampMs(5'000), TimestampMs(5'000), {{"CONTROLLER", "c2.test", 9093}}};
  QuorumReplica voter{NodeId(1),          directory_of(1),    Offset(98),
                      TimestampMs(4'900), TimestampMs(4'000), {{"", "c1.test", 9093}}};
  QuorumReplica observer{NodeId(4), directory_of(4), kNoOffset, kNoTimestamp, kNoTimestamp, {}};
  quorum.voters = {leader, voter};
  quorum.observers = {observer};
  return quorum;
}

void script(BrokerHarness& broker, CommandResult result) {
  broker.answer_quorum = [result](const controller::QuorumCommand& command) {
    REQUIRE(std::holds_alternative<controller::DescribeQuorum>(command.body));
    return result;
  };
}

CommandResult failed(ErrorCode code) {
  CommandResult result;
  result.error = Error{code, "why"};
  return result;
}

TEST_CASE("describe quorum: what the leader tells, as each version has it") {
  BrokerHarness broker;
  CommandResult answer;
  answer.quorum = quorum();
  script(broker, answer);
  for (std::int16_t version = 0; version <= kVersion; ++version) {
    CAPTURE(version);
    const auto response = broker.ask<DescribeQuorumResponse>(version, request_of());
    REQUIRE(response.error_code == KafkaError::kNone);
    REQUIRE(response.topics.size() == 1);
    REQUIRE(response.topics[0].topic_name == "__cluster_metadata");
    REQUIRE(response.topics[0].partitions.size() == 1);
    const auto& partition = response.topics[0].partitions[0];
    REQUIRE(partition.error_code == KafkaError::kNone);
    REQUIRE(partition.leader_id == NodeId(2));
    REQUIRE(partition.leader_epoch == LeaderEpoch(7));
    REQUIRE(partition.high_watermark == Offset(100));
    REQUIRE(partition.current_voters.size() == 2);
    REQUIRE(partition.current_voters[1].replica_id == NodeId(1));
    REQUIRE(partition.current_voters[1].log_end_offset == Offset(98));
    REQUIRE(partition.current_voters[1].last_fetch_timestamp ==
            (version >= 1 ? TimestampMs(4'900) : kNoTimestamp));
    REQUIRE(partition.current_voters[1].last_caught_up_timestamp ==
            (version >= 1 ? TimestampMs(4'000) : kNoTimestamp));
    REQUIRE(partition.current_voters[1].replica_directory_id ==
            (version >= 2 ? directory_of(1) : DirectoryId()));
    REQUIRE(partition.observers.size() == 1);
    REQUIRE(partition.observers[0].replica_id == NodeId(4));
    REQUIRE(partition.observers[0].log_end_offset == kNoOffset);
    REQUIRE(response.nodes.size() == (version >= 2 ? 2 : 0));
  }
}

TEST_CASE("describe quorum: voters with the addresses of their controllers") {
  BrokerHarness broker;
  CommandResult answer;
  answer.quorum = quorum();
  script(broker, answer);
  const auto response = broker.ask<DescribeQuorumResponse>(kVersion, request_of());
  REQUIRE(response.nodes.size() == 2);
  REQUIRE(response.nodes[0].node_id == NodeId(2));
  const std::vector<std::string> hosts{"c2.test", "c1.test"};
  for (std::size_t i = 0; i < hosts.size(); ++i) {
    REQUIRE(response.nodes[i].listeners.size() == 1);
    REQUIRE(response.nodes[i].listeners[0].name == "CONTROLLER");
    REQUIRE(response.nodes[i].listeners[0].host == hosts[i]);
    REQUIRE(response.nodes[i].listeners[0].port == 9093);
  }
}

TEST_CASE("describe quorum: only partition 0 of the metadata topic has one") {
  BrokerHarness broker;
  auto two_topics = request_of();
  two_topics.topics.push_back(request_of("orders").topics[0]);
  for (const auto& request : {request_of("orders"), request_of("__cluster_metadata", {1}),
                              request_of("__cluster_metadata", {0, 1}), two_topics}) {
    for (std::int16_t version = 0; version <= kVersion; ++version) {
      const auto response = broker.ask<DescribeQuorumResponse>(version, request);
      REQUIRE(response.error_code == KafkaError::kNone);
      REQUIRE(response.topics.size() == request.topics.size());
      for (std::size_t i = 0; i < response.topics.size(); ++i) {
        REQUIRE(response.topics[i].topic_name == request.topics[i].topic_name);
        REQUIRE(response.topics[i].partitions.size() == request.topics[i].partitions.size());
        for (const auto& partition : response.topics[i].partitions) {
          REQUIRE(partition.error_code == KafkaError::kUnknownTopicOrPartition);
        }
      }
    }
  }
  REQUIRE(broker.ask<DescribeQuorumResponse>(kVersion, DescribeQuorumRequest{}).topics.empty());
  REQUIRE(broker.commands_seen() == 0);
}

TEST_CASE("describe quorum: without a leader the partition's error makes clients try again") {
  BrokerHarness broker;
  script(broker, failed(ErrorCode::kNotController));
  for (std::int16_t version = 0; version <= kVersion; ++version) {
    const auto response = broker.ask<DescribeQuorumResponse>(version, request_of());
    REQUIRE(response.error_code == KafkaError::kNone);
    const auto& partition = response.topics.at(0).partitions.at(0);
    REQUIRE(partition.error_code == KafkaError::kNotLeaderOrFollower);
    REQUIRE(partition.leader_id == kNoNode);
    REQUIRE(partition.current_voters.empty());
  }
}

TEST_CASE("describe quorum: other failures are the whole answer's") {
  BrokerHarness broker;
  script(broker, failed(ErrorCode::kShuttingDown));
  const auto response = broker.ask<DescribeQuorumResponse>(kVersion, request_of());
  REQUIRE(response.error_code == KafkaError::kBrokerNotAvailable);
  REQUIRE(response.error_message == "why");
  REQUIRE(response.topics.empty());
  script(broker, CommandResult());
  REQUIRE(broker.ask<DescribeQuorumResponse>(kVersion, request_of()).error_code ==
          KafkaError::kUnknownServerError);
}

TEST_CASE("describe quorum: a leader that does not answer") {
  BrokerHarness broker;
  broker.controller_runs = false;
  const auto id = broker.send(broker.connect(), kVersion, request_of());
  broker.pass(std::chrono::milliseconds(30'010));
  REQUIRE(broker.response_to<DescribeQuorumResponse>(id, kVersion).error_code ==
          KafkaError::kRequestTimedOut);
}

}  // namespace
}  // namespace millrace::broker
