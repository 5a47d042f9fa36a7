#include "broker/handlers/37_create_partitions.h"

#include "tests/support/broker_harness/requests.h"
#include "tests/support/catch.h"

namespace millrace::broker {
namespace {

using kafka::CreatePartitionsRequest;
using kafka::CreatePartitionsResponse;
using kafka::KafkaError;
using sim::BrokerHarness;

using Result = CreatePartitionsResponse::CreatePartitionsTopicResult;
using Rows = std::vector<std::vector<NodeId>>;

constexpr std::int16_t kVersion = 3;

struct Wish {
  std::string name = "t";
  std::int32_t count = 3;
  std::optional<Rows> assignments;
};

CreatePartitionsRequest request_for(const std::vector<Wish>& wishes) {
  CreatePartitionsRequest request;
  request.timeout_ms = 1'000;
  for (const Wish& wish : wishes) {
    auto& topic = request.topics.emplace_back();
    topic.name = wish.name;
    topic.count = wish.count;
    topic.assignments.reset();
    if (!wish.assignments) continue;
    topic.assignments.emplace();
    for (const auto& replicas : *wish.assignments) {
      topic.assignments->emplace_back().broker_ids = replicas;
    }
  }
  return request;
}

std::vector<Result> ask(BrokerHarness& broker, const std::vector<Wish>& wishes,
                        std::int16_t version = kVersion) {
  return broker.ask<CreatePartitionsResponse>(version, request_for(wishes)).results;
}

TEST_CASE("create partitions: in every version, and usable when it is answered") {
  BrokerHarness broker({.shards = 2});
  const TopicId id = broker.create_topic("t");
  REQUIRE(sim::produce(broker, {.id = id}, {.records = 4}).error_code == KafkaError::kNone);
  for (std::int16_t version = 0; version <= kVersion; ++version) {
    const std::int32_t count = 2 + version;
    const auto results = ask(broker, {{.count = count}}, version);
    REQUIRE(results.size() == 1);
    REQUIRE(results[0].name == "t");
    REQUIRE(results[0].error_code == KafkaError::kNone);
    REQUIRE_FALSE(results[0].error_message);
    REQUIRE(broker.topic("t").partitions.size() == static_cast<std::size_t>(count));
    REQUIRE(sim::produce(broker, {.id = id, .partition = count - 1}).base_offset == Offset(0));
  }
  REQUIRE(sim::fetch(broker, {.id = id}).high_watermark == Offset(4));  // the old one is untouched
}

TEST_CASE("create partitions: one reason a time for an error") {
  BrokerHarness broker({.settings = {{"millrace.partitions.max", "10"}}});
  broker.create_topic("t", 2);
  struct Case {
    Wish wish;
    KafkaError error;
  };
  const NodeId self = BrokerHarness::kNode;
  const std::vector<Case> cases{
      {{.name = "nope"}, KafkaError::kUnknownTopicOrPartition},
      {{.name = ""}, KafkaError::kUnknownTopicOrPartition},
      {{.count = 2}, KafkaError::kInvalidPartitions},
      {{.count = 1}, KafkaError::kInvalidPartitions},
      {{.count = 0}, KafkaError::kInvalidPartitions},
      {{.count = -1}, KafkaError::kInvalidPartitions},
      {{.count = 11}, KafkaError::kPolicyViolation},
      {{.count = 4, .assignments = Rows{{self}}}, KafkaError::kInvalidReplicaAssignment},
      {{.count = 3, .assignments = Rows{{self}, {self}}}, KafkaError::kInvalidReplicaAssignment},
      {{.count = 3, .assignments = Rows{{NodeId(9)}}}, KafkaError::kInvalidReplicaAssignment},
      {{.count = 3, .assignments = Rows{{self, self}}}, KafkaError::kInvalidReplicaAssignment},
      {{.count = 3, .assignments = Rows(1)}, KafkaError::kInvalidReplicaAssignment},
  };
  for (std::size_t i = 0; i < cases.size(); ++i) {
    CAPTURE(i);
    const auto results = ask(broker, {cases[i].wish});
    REQUIRE(results.size() == 1);
    REQUIRE(results[0].error_code == cases[i].error);
    REQUIRE(results[0].error_message);
    REQUIRE(results[0].name == cases[i].wish.name);
  }
  REQUIRE(broker.topic("t").partitions.size() == 2);
  REQUIRE(ask(broker, {{.count = 3, .assignments = Rows{{self}}}}).at(0).error_code ==
          KafkaError::kNone);
  REQUIRE(broker.topic("t").partitions[2].replicas == std::vector{self});
}

TEST_CASE("create partitions: results stand in the order of the request") {
  BrokerHarness broker;
  broker.create_topic("a");
  broker.create_topic("b");
  broker.create_topic("c");
  const auto results =
      ask(broker, {{.name = "b"}, {.name = "nope"}, {.name = "c"}, {.name = "a"}, {.name = "c"}});
  const std::vector<std::pair<std::string, KafkaError>> expected{
      {"b", KafkaError::kNone},
      {"nope", KafkaError::kUnknownTopicOrPartition},
      {"c", KafkaError::kInvalidRequest},
      {"a", KafkaError::kNone},
      {"c", KafkaError::kInvalidRequest}};
  REQUIRE(results.size() == expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    REQUIRE(results[i].name == expected[i].first);
    REQUIRE(results[i].error_code == expected[i].second);
  }
  REQUIRE(broker.topic("c").partitions.size() == 1);  // named twice: not at all
  REQUIRE(ask(broker, {}).empty());
}

TEST_CASE("create partitions: validate only tells the same and changes nothing") {
  BrokerHarness broker;
  broker.create_topic("t");
  auto request = request_for({{}, {.name = "nope"}});
  request.validate_only = true;
  const auto results = broker.ask<CreatePartitionsResponse>(kVersion, request).results;
  REQUIRE(results.at(0).error_code == KafkaError::kNone);
  REQUIRE(results.at(1).error_code == KafkaError::kUnknownTopicOrPartition);
  REQUIRE(broker.topic("t").partitions.size() == 1);
}

TEST_CASE("create partitions: one that takes too long") {
  BrokerHarness broker;
  broker.create_topic("t");
  broker.controller_runs = false;
  const auto id = broker.send(broker.connect(), kVersion, request_for({{}}));
  broker.pass(std::chrono::milliseconds(1'010));
  REQUIRE(broker.response_to<CreatePartitionsResponse>(id, kVersion).results.at(0).error_code ==
          KafkaError::kRequestTimedOut);
}

}  // namespace
}  // namespace millrace::broker
