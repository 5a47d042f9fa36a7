#include "broker/handlers/44_incremental_alter_configs.h"

#include "tests/support/broker_harness/requests.h"
#include "tests/support/catch.h"

namespace millrace::broker {
namespace {

using kafka::IncrementalAlterConfigsRequest;
using kafka::IncrementalAlterConfigsResponse;
using kafka::KafkaError;
using sim::BrokerHarness;

using Answer = IncrementalAlterConfigsResponse::AlterConfigsResourceResponse;

constexpr std::int16_t kVersion = 1;
constexpr std::int8_t kTopic = 2;
constexpr std::int8_t kBroker = 4;
enum Operation : std::int8_t { kSet = 0, kDelete = 1, kAppend = 2, kSubtract = 3 };

struct Change {
  std::string name;
  std::int8_t operation = kSet;
  std::optional<std::string> value;
};

void add(IncrementalAlterConfigsRequest& request, std::int8_t type, const std::string& name,
         const std::vector<Change>& changes) {
  auto& resource = request.resources.emplace_back();
  resource.resource_type = type;
  resource.resource_name = name;
  for (const Change& change : changes) {
    auto& config = resource.configs.emplace_back();
    config.name = change.name;
    config.config_operation = change.operation;
    config.value = change.value;
  }
}

Answer alter(BrokerHarness& broker, std::int8_t type, const std::string& name,
             const std::vector<Change>& changes, std::int16_t version = kVersion) {
  IncrementalAlterConfigsRequest request;
  add(request, type, name, changes);
  const auto response = broker.ask<IncrementalAlterConfigsResponse>(version, request);
  REQUIRE(response.responses.size() == 1);
  REQUIRE(response.responses[0].resource_type == type);
  REQUIRE(response.responses[0].resource_name == name);
  return response.responses[0];
}

TEST_CASE("incremental alter configs: set and delete leave the others as they are") {
  BrokerHarness broker;
  broker.create_topic("t", 1, {{"retention.ms", "1000"}});
  for (std::int16_t version = 0; version <= kVersion; ++version) {
    const Answer answer = alter(broker, kTopic, "t", {{"max.message.bytes", kSet, "600"}}, version);
    REQUIRE(answer.error_code == KafkaError::kNone);
    REQUIRE_FALSE(answer.error_message);
    REQUIRE(broker.topic("t").configs ==
            SettingMap{{"max.message.bytes", "600"}, {"retention.ms", "1000"}});
    REQUIRE(sim::produce(broker, {}, {.value_bytes = 700}, 12).error_code ==
            KafkaError::kMessageTooLarge);
    REQUIRE(alter(broker, kTopic, "t", {{"max.message.bytes", kDelete, std::nullopt}}, version)
                .error_code == KafkaError::kNone);
    REQUIRE(broker.topic("t").configs == SettingMap{{"retention.ms", "1000"}});
  }
  // What is not set can be deleted, too.
  REQUIRE(alter(broker, kTopic, "t", {{"segment.bytes", kDelete, std::nullopt}}).error_code ==
          KafkaError::kNone);
}

TEST_CASE("incremental alter configs: append to lists and subtract from them") {
  BrokerHarness broker;
  broker.create_topic("t");
  const auto policy = [&](std::int8_t operation, const char* value) {
    REQUIRE(alter(broker, kTopic, "t", {{"cleanup.policy", operation, value}}).error_code ==
            KafkaError::kNone);
    return broker.topic("t").configs.at("cleanup.policy");
  };
  REQUIRE(policy(kAppend, "compact") == "delete,compact");  // to the default
  REQUIRE(policy(kAppend, "delete") == "delete,compact");   // is there already
  REQUIRE(policy(kSubtract, "delete") == "compact");
  REQUIRE(policy(kSubtract, "delete") == "compact");  // is gone already
  REQUIRE(policy(kSet, "delete") == "delete");
}

TEST_CASE("incremental alter configs: settings of the whole cluster") {
  BrokerHarness broker;
  REQUIRE(alter(broker, kBroker, "", {{"num.partitions", kSet, "4"}}).error_code ==
          KafkaError::kNone);
  REQUIRE(alter(broker, kBroker, "", {{"log.cleanup.policy", kAppend, "compact"}}).error_code ==
          KafkaError::kNone);
  REQUIRE(broker.image().cluster_configs() ==
          SettingMap{{"log.cleanup.policy", "delete,compact"}, {"num.partitions", "4"}});
}

TEST_CASE("incremental alter configs: one reason a time for an error") {
  BrokerHarness broker;
  broker.create_topic("t", 1, {{"retention.ms", "1000"}});
  struct Case {
    std::int8_t type;
    std::string name;
    std::vector<Change> changes;
    KafkaError error;
  };
  const std::vector<Case> cases{
      {kTopic, "nope", {}, KafkaError::kUnknownTopicOrPartition},
      {kTopic, "t", {{"no.such.key", kSet, "1"}}, KafkaError::kInvalidConfig},
      {kTopic, "t", {{"no.such.key", kDelete, std::nullopt}}, KafkaError::kInvalidConfig},
      {kTopic, "t", {{"retention.ms", kSet, "soon"}}, KafkaError::kInvalidConfig},
      {kTopic, "t", {{"retention.ms", kAppend, "1"}}, KafkaError::kInvalidConfig},
      {kTopic, "t", {{"retention.ms", kSubtract, "1"}}, KafkaError::kInvalidConfig},
      {kTopic, "t", {{"cleanup.policy", kAppend, "shred"}}, KafkaError::kInvalidConfig},
      {kTopic, "t", {{"retention.ms", kSet, std::nullopt}}, KafkaError::kInvalidRequest},
      {kTopic, "t", {{"cleanup.policy", kAppend, std::nullopt}}, KafkaError::kInvalidRequest},
      {kTopic, "t", {{"cleanup.policy", kSubtract, std::nullopt}}, KafkaError::kInvalidRequest},
      {kTopic, "t", {{"retention.ms", 4, "1"}}, KafkaError::kInvalidRequest},
      {kTopic, "t", {{"retention.ms", -1, "1"}}, KafkaError::kInvalidRequest},
      {kTopic,
       "t",
       {{"retention.ms", kSet, "1"}, {"retention.ms", kDelete, std::nullopt}},
       KafkaError::kInvalidRequest},
      {kTopic,
       "t",
       {{"segment.bytes", kSet, "99999"}, {"no.such.key", kSet, "1"}},
       KafkaError::kInvalidConfig},
      {kBroker, "", {{"node.id", kSet, "2"}}, KafkaError::kInvalidConfig},
      {kBroker, "1", {{"num.partitions", kSet, "2"}}, KafkaError::kInvalidRequest},
      {8, "1", {}, KafkaError::kInvalidRequest},
      {16, "metrics", {}, KafkaError::kInvalidRequest},
  };
  for (std::size_t i = 0; i < cases.size(); ++i) {
    CAPTURE(i);
    const Answer answer = alter(broker, cases[i].type, cases[i].name, cases[i].changes);
    REQUIRE(answer.error_code == cases[i].error);
    REQUIRE(answer.error_message);
    REQUIRE_FALSE(answer.error_message->empty());
  }
  REQUIRE(broker.topic("t").configs == SettingMap{{"retention.ms", "1000"}});
  REQUIRE(broker.image().cluster_configs().empty());
}

TEST_CASE("incremental alter configs: answers in order; a resource named twice is not altered") {
  BrokerHarness broker;
  broker.create_topic("a");
  broker.create_topic("b");
  IncrementalAlterConfigsRequest request;
  add(request, kTopic, "a", {{"retention.ms", kSet, "1"}});
  add(request, kTopic, "nope", {{"retention.ms", kSet, "1"}});
  add(request, kTopic, "b", {{"retention.ms", kSet, "1"}});
  add(request, kTopic, "a", {{"retention.ms", kSet, "2"}});
  const auto response = broker.ask<IncrementalAlterConfigsResponse>(kVersion, request);
  REQUIRE(response.responses.size() == 4);
  REQUIRE(response.responses[0].error_code == KafkaError::kInvalidRequest);
  REQUIRE(response.responses[1].error_code == KafkaError::kUnknownTopicOrPartition);
  REQUIRE(response.responses[2].error_code == KafkaError::kNone);
  REQUIRE(response.responses[3].error_code == KafkaError::kInvalidRequest);
  REQUIRE(broker.topic("a").configs.empty());
  REQUIRE(broker.topic("b").configs == SettingMap{{"retention.ms", "1"}});
}

TEST_CASE("incremental alter configs: validate only tells the same and changes nothing") {
  BrokerHarness broker;
  broker.create_topic("t");
  IncrementalAlterConfigsRequest request;
  request.validate_only = true;
  add(request, kTopic, "t", {{"retention.ms", kSet, "1"}});
  const auto response = broker.ask<IncrementalAlterConfigsResponse>(kVersion, request);
  REQUIRE(response.responses.at(0).error_code == KafkaError::kNone);
  REQUIRE(broker.topic("t").configs.empty());
}

}  // namespace
}  // namespace millrace::broker
