#include "broker/handlers/33_alter_configs.h"

#include "tests/support/broker_harness/requests.h"
#include "tests/support/catch.h"

namespace millrace::broker {
namespace {

using kafka::AlterConfigsRequest;
using kafka::AlterConfigsResponse;
using kafka::KafkaError;
using sim::BrokerHarness;

using Answer = AlterConfigsResponse::AlterConfigsResourceResponse;
using Configs = std::vector<std::pair<std::string, std::optional<std::string>>>;

constexpr std::int16_t kVersion = 2;
constexpr std::int8_t kTopic = 2;
constexpr std::int8_t kBroker = 4;

void add(AlterConfigsRequest& request, std::int8_t type, const std::string& name,
         const Configs& configs) {
  auto& resource = request.resources.emplace_back();
  resource.resource_type = type;
  resource.resource_name = name;
  for (const auto& [key, value] : configs) {
    auto& config = resource.configs.emplace_back();
    config.name = key;
    config.value = value;
  }
}

Answer alter(BrokerHarness& broker, std::int8_t type, const std::string& name,
             const Configs& configs, std::int16_t version = kVersion) {
  AlterConfigsRequest request;
  add(request, type, name, configs);
  const auto response = broker.ask<AlterConfigsResponse>(version, request);
  REQUIRE(response.responses.size() == 1);
  REQUIRE(response.responses[0].resource_type == type);
  REQUIRE(response.responses[0].resource_name == name);
  return response.responses[0];
}

TEST_CASE("alter configs: what is not named goes back to its default") {
  BrokerHarness broker;
  broker.create_topic("t", 1, {{"retention.ms", "1000"}, {"max.message.bytes", "5000"}});
  for (std::int16_t version = 0; version <= kVersion; ++version) {
    const std::string bytes = std::to_string(600 + version);
    const Answer answer = alter(broker, kTopic, "t", {{"max.message.bytes", bytes}}, version);
    REQUIRE(answer.error_code == KafkaError::kNone);
    REQUIRE_FALSE(answer.error_message);
    REQUIRE(broker.topic("t").configs == SettingMap{{"max.message.bytes", bytes}});
  }
  // It holds from then on.
  REQUIRE(sim::produce(broker, {}, {.value_bytes = 700}, 12).error_code ==
          KafkaError::kMessageTooLarge);
  REQUIRE(alter(broker, kTopic, "t", {}).error_code == KafkaError::kNone);
  REQUIRE(broker.topic("t").configs.empty());
  REQUIRE(sim::produce(broker, {}, {.value_bytes = 700}, 12).error_code == KafkaError::kNone);
}

TEST_CASE("alter configs: settings of the whole cluster") {
  BrokerHarness broker;
  REQUIRE(alter(broker, kBroker, "", {{"num.partitions", "4"}}).error_code == KafkaError::kNone);
  REQUIRE(broker.image().cluster_configs() == SettingMap{{"num.partitions", "4"}});
  REQUIRE(alter(broker, kBroker, "", {}).error_code == KafkaError::kNone);
  REQUIRE(broker.image().cluster_configs().empty());
}

TEST_CASE("alter configs: one reason a time for an error") {
  BrokerHarness broker;
  broker.create_topic("t", 1, {{"retention.ms", "1000"}});
  struct Case {
    std::int8_t type;
    std::string name;
    Configs configs;
    KafkaError error;
  };
  const std::vector<Case> cases{
      {kTopic, "nope", {}, KafkaError::kUnknownTopicOrPartition},
      {kTopic, "t", {{"no.such.key", "1"}}, KafkaError::kInvalidConfig},
      {kTopic, "t", {{"retention.ms", "soon"}}, KafkaError::kInvalidConfig},
      {kTopic, "t", {{"retention.ms", "-2"}}, KafkaError::kInvalidConfig},
      {kTopic, "t", {{"retention.ms", std::nullopt}}, KafkaError::kInvalidRequest},
      {kTopic, "t", {{"retention.ms", "1"}, {"retention.ms", "2"}}, KafkaError::kInvalidRequest},
      {kTopic, "t", {{"retention.ms", "1"}, {"no.such.key", "1"}}, KafkaError::kInvalidConfig},
      {kBroker, "", {{"node.id", "2"}}, KafkaError::kInvalidConfig},
      {kBroker, "", {{"no.such.key", "2"}}, KafkaError::kInvalidConfig},
      {kBroker, "1", {{"num.partitions", "2"}}, KafkaError::kInvalidRequest},
      {8, "1", {}, KafkaError::kInvalidRequest},
      {32, "group", {}, KafkaError::kInvalidRequest},
      {0, "x", {}, KafkaError::kInvalidRequest},
  };
  for (std::size_t i = 0; i < cases.size(); ++i) {
    CAPTURE(i);
    const Answer answer = alter(broker, cases[i].type, cases[i].name, cases[i].configs);
    REQUIRE(answer.error_code == cases[i].error);
    REQUIRE(answer.error_message);
    REQUIRE_FALSE(answer.error_message->empty());
  }
  REQUIRE(broker.topic("t").configs == SettingMap{{"retention.ms", "1000"}});
  REQUIRE(broker.image().cluster_configs().empty());
}

TEST_CASE("alter configs: one bad resource does not hinder the others; twice is bad") {
  BrokerHarness broker;
  broker.create_topic("a");
  broker.create_topic("b");
  AlterConfigsRequest request;
  add(request, kTopic, "a", {{"retention.ms", "1"}});
  add(request, kTopic, "nope", {{"retention.ms", "1"}});
  add(request, 8, "1", {});
  add(request, kTopic, "b", {{"retention.ms", "1"}});
  add(request, kTopic, "a", {{"retention.ms", "2"}});
  const auto response = broker.ask<AlterConfigsResponse>(kVersion, request);
  const std::vector<KafkaError> expected{
      KafkaError::kInvalidRequest, KafkaError::kUnknownTopicOrPartition,
      KafkaError::kInvalidRequest, KafkaError::kNone, KafkaError::kInvalidRequest};
  REQUIRE(response.responses.size() == expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    CAPTURE(i);
    REQUIRE(response.responses[i].error_code == expected[i]);
    REQUIRE(response.responses[i].resource_name == request.resources[i].resource_name);
  }
  REQUIRE(broker.topic("a").configs.empty());
  REQUIRE(broker.topic("b").configs == SettingMap{{"retention.ms", "1"}});
}

TEST_CASE("alter configs: validate only tells the same and changes nothing") {
  BrokerHarness broker;
  broker.create_topic("t");
  AlterConfigsRequest request;
  request.validate_only = true;
  add(request, kTopic, "t", {{"retention.ms", "1"}});
  add(request, kBroker, "", {{"node.id", "1"}});
  const auto response = broker.ask<AlterConfigsResponse>(kVersion, request);
  REQUIRE(response.responses.at(0).error_code == KafkaError::kNone);
  REQUIRE(response.responses.at(1).error_code == KafkaError::kInvalidConfig);
  REQUIRE(broker.topic("t").configs.empty());
}

}  // namespace
}  // namespace millrace::broker
