#include "broker/handlers/19_create_topics.h"

#include <algorithm>

#include "base/settings/settings.h"
#include "tests/support/broker_harness/requests.h"
#include "tests/support/catch.h"

namespace millrace::broker {
namespace {

using kafka::CreateTopicsRequest;
using kafka::CreateTopicsResponse;
using kafka::KafkaError;
using sim::BrokerHarness;

using Result = CreateTopicsResponse::CreatableTopicResult;

constexpr std::int16_t kVersion = 7;

struct Wish {
  std::string name = "t";
  std::int32_t partitions = 1;
  std::int16_t replication_factor = 1;
  std::vector<std::pair<std::string, std::optional<std::string>>> configs;
  std::vector<std::pair<std::int32_t, std::vector<NodeId>>> assignments;
};

CreateTopicsRequest request_for(const std::vector<Wish>& wishes) {
  CreateTopicsRequest request;
  for (const Wish& wish : wishes) {
    auto& topic = request.topics.emplace_back();
    topic.name = wish.name;
    topic.num_partitions = wish.partitions;
    topic.replication_factor = wish.replication_factor;
    for (const auto& [name, value] : wish.configs) {
      auto& config = topic.configs.emplace_back();
      config.name = name;
      config.value = value;
    }
    for (const auto& [partition, replicas] : wish.assignments) {
      auto& assignment = topic.assignments.emplace_back();
      assignment.partition_index = PartitionIndex(partition);
      assignment.broker_ids = replicas;
    }
  }
  return request;
}

std::vector<Result> ask(BrokerHarness& broker, const std::vector<Wish>& wishes,
                        std::int16_t version = kVersion) {
  return broker.ask<CreateTopicsResponse>(version, request_for(wishes)).topics;
}

Result create(BrokerHarness& broker, const Wish& wish, std::int16_t version = kVersion) {
  return ask(broker, {wish}, version).at(0);
}

TEST_CASE("create topics: in every version, and usable when it is answered") {
  BrokerHarness broker({.shards = 2});
  for (std::int16_t version = 2; version <= kVersion; ++version) {
    const std::string name = "t" + std::to_string(version);
    const Result result = create(broker, {.name = name, .partitions = 3}, version);
    REQUIRE(result.error_code == KafkaError::kNone);
    REQUIRE_FALSE(result.error_message);
    REQUIRE(result.name == name);
    REQUIRE(result.topic_id == (version >= 7 ? broker.topic(name).id : TopicId()));
    REQUIRE(result.num_partitions == (version >= 5 ? 3 : -1));
    REQUIRE(result.replication_factor == (version >= 5 ? 1 : -1));
    REQUIRE(sim::produce(broker, {.topic = name, .partition = 2}, {}, 12).error_code ==
            KafkaError::kNone);
  }
}

TEST_CASE("create topics: -1 means the node's defaults") {
  BrokerHarness broker({.settings = {{"num.partitions", "5"}}});
  const Result result = create(broker, {.partitions = -1, .replication_factor = -1});
  REQUIRE(result.error_code == KafkaError::kNone);
  REQUIRE(result.num_partitions == 5);
  REQUIRE(result.replication_factor == 1);
}

TEST_CASE("create topics: all settings of the new topic are told, with their sources") {
  BrokerHarness broker({.settings = {{"log.retention.ms", "1234567"}}});
  const Result result = create(broker, {.configs = {{"max.message.bytes", "70000"}}});
  REQUIRE(result.topic_config_error_code == KafkaError::kNone);
  REQUIRE(result.configs);
  const auto& all = all_settings();
  REQUIRE(result.configs->size() ==
          static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [](const auto& spec) {
            return spec.scope == SettingScope::kTopic;
          })));
  const auto config = [&](const std::string& name) {
    const auto found = std::find_if(result.configs->begin(), result.configs->end(),
                                    [&](const auto& one) { return one.name == name; });
    REQUIRE(found != result.configs->end());
    return *found;
  };
  REQUIRE(config("max.message.bytes").value == "70000");
  REQUIRE(config("max.message.bytes").config_source == 1);
  REQUIRE(config("retention.ms").value == "1234567");
  REQUIRE(config("retention.ms").config_source == 4);
  REQUIRE(config("cleanup.policy").value == "delete");
  REQUIRE(config("cleanup.policy").config_source == 5);
  REQUIRE_FALSE(config("cleanup.policy").is_sensitive);
}

TEST_CASE("create topics: names that cannot be") {
  BrokerHarness broker;
  broker.create_topic("a.b");
  for (const std::string& name :
       {std::string(""), std::string("."), std::string(".."), std::string("a b"),
        std::string("a/b"), std::string("\xc3\xa4"), std::string(250, 'x'), std::string("a_b")}) {
    CAPTURE(name);
    const Result result = create(broker, {.name = name});
    REQUIRE(result.error_code == KafkaError::kInvalidTopicException);
    REQUIRE(result.error_message);
    REQUIRE(result.name == name);
  }
  REQUIRE(broker.image().topics().size() == 1);
  REQUIRE(create(broker, {.name = std::string(249, 'x')}).error_code == KafkaError::kNone);
}

TEST_CASE("create topics: one reason a time for an error") {
  BrokerHarness broker({.settings = {{"millrace.partitions.max", "100"}}});
  struct Case {
    Wish wish;
    KafkaError error;
  };
  const NodeId self = BrokerHarness::kNode;
  const std::vector<Case> cases{
      {{.partitions = 0}, KafkaError::kInvalidPartitions},
      {{.partitions = -2}, KafkaError::kInvalidPartitions},
      {{.partitions = 101}, KafkaError::kPolicyViolation},
      {{.replication_factor = 0}, KafkaError::kInvalidReplicationFactor},
      {{.replication_factor = -2}, KafkaError::kInvalidReplicationFactor},
      {{.replication_factor = 2}, KafkaError::kInvalidReplicationFactor},
      {{.configs = {{"no.such.setting", "1"}}}, KafkaError::kInvalidConfig},
      {{.configs = {{"retention.ms", "soon"}}}, KafkaError::kInvalidConfig},
      {{.configs = {{"retention.ms", std::nullopt}}}, KafkaError::kInvalidConfig},
      {{.configs = {{"min.insync.replicas", "2"}}}, KafkaError::kInvalidConfig},
      {{.partitions = 1, .replication_factor = -1, .assignments = {{0, {self}}}},
       KafkaError::kInvalidRequest},
      {{.partitions = -1, .replication_factor = -1, .assignments = {{1, {self}}}},
       KafkaError::kInvalidReplicaAssignment},
      {{.partitions = -1, .replication_factor = -1, .assignments = {{0, {NodeId(9)}}}},
       KafkaError::kInvalidReplicaAssignment},
      {{.partitions = -1, .replication_factor = -1, .assignments = {{0, {self, self}}}},
       KafkaError::kInvalidReplicaAssignment},
      {{.partitions = -1, .replication_factor = -1, .assignments = {{0, {}}}},
       KafkaError::kInvalidReplicaAssignment},
  };
  for (std::size_t i = 0; i < cases.size(); ++i) {
    CAPTURE(i);
    const Result result = create(broker, cases[i].wish);
    REQUIRE(result.error_code == cases[i].error);
    REQUIRE(result.error_message);
    REQUIRE(result.num_partitions == -1);
    REQUIRE(result.topic_id.is_zero());
  }
  REQUIRE(broker.image().topics().empty());
  REQUIRE(create(broker, {.partitions = -1,
                          .replication_factor = -1,
                          .assignments = {{1, {self}}, {0, {self}}}})
              .num_partitions == 2);
  REQUIRE(create(broker, {}).error_code == KafkaError::kTopicAlreadyExists);
}

TEST_CASE("create topics: the name of the cluster's own log is taken") {
  BrokerHarness broker;
  const Result result = create(broker, {.name = "__cluster_metadata"});
  REQUIRE(result.error_code == KafkaError::kTopicAuthorizationFailed);
  REQUIRE(broker.image().topics().empty());
}

TEST_CASE("create topics: results stand in the order of the request") {
  BrokerHarness broker;
  broker.create_topic("old");
  const auto results = ask(broker, {{.name = "z"},
                                    {.name = "old"},
                                    {.name = "a b"},
                                    {.name = "a"},
                                    {.name = "m"},
                                    {.name = "a"}});
  REQUIRE(results.size() == 6);
  const std::vector<std::pair<std::string, KafkaError>> expected{
      {"z", KafkaError::kNone},
      {"old", KafkaError::kTopicAlreadyExists},
      {"a b", KafkaError::kInvalidTopicException},
      {"a", KafkaError::kInvalidRequest},
      {"m", KafkaError::kNone},
      {"a", KafkaError::kInvalidRequest}};
  for (std::size_t i = 0; i < expected.size(); ++i) {
    REQUIRE(results[i].name == expected[i].first);
    REQUIRE(results[i].error_code == expected[i].second);
  }
  REQUIRE(broker.image().topic("a") == nullptr);  // named twice: neither is made
  REQUIRE(broker.image().topics().size() == 3);
}

TEST_CASE("create topics: validate only tells the same and changes nothing") {
  BrokerHarness broker;
  auto request = request_for({{.partitions = 4}, {.name = "a b"}});
  request.validate_only = true;
  const auto results = broker.ask<CreateTopicsResponse>(kVersion, request).topics;
  REQUIRE(results.at(0).error_code == KafkaError::kNone);
  REQUIRE(results.at(0).num_partitions == 4);
  REQUIRE(results.at(1).error_code == KafkaError::kInvalidTopicException);
  REQUIRE(broker.image().topics().empty());
}

TEST_CASE("create topics: an empty request, and one that takes too long") {
  BrokerHarness broker;
  REQUIRE(ask(broker, {}).empty());
  broker.controller_runs = false;
  auto request = request_for({{}});
  request.timeout_ms = 300;
  const auto id = broker.send(broker.connect(), kVersion, request);
  broker.pass(std::chrono::milliseconds(290));
  REQUIRE_FALSE(broker.take_reply(id));
  broker.pass(std::chrono::milliseconds(20));
  const auto late = broker.response_to<CreateTopicsResponse>(id, kVersion);
  REQUIRE(late.topics.at(0).error_code == KafkaError::kRequestTimedOut);
  // It happens all the same, and nobody is told twice.
  broker.controller_runs = true;
  broker.settle();
  REQUIRE(broker.topic("t").partitions.size() == 1);
  REQUIRE_FALSE(broker.take_reply(id));
}

}  // namespace
}  // namespace millrace::broker
