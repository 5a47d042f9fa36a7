#include "broker/handlers/32_describe_configs.h"

#include <algorithm>

#include "base/settings/settings.h"
#include "tests/support/broker_harness/broker_harness.h"
#include "tests/support/catch.h"

namespace millrace::broker {
namespace {

using kafka::DescribeConfigsRequest;
using kafka::DescribeConfigsResponse;
using kafka::KafkaError;
using sim::BrokerHarness;

using Result = DescribeConfigsResponse::DescribeConfigsResult;
using Config = DescribeConfigsResponse::DescribeConfigsResourceResult;
using Keys = std::optional<std::vector<std::string>>;

constexpr std::int16_t kVersion = 4;
constexpr std::int8_t kTopic = 2;
constexpr std::int8_t kBroker = 4;

// Kafka's numbers of sources.
constexpr std::int8_t kOfTopic = 1;
constexpr std::int8_t kOfCluster = 3;
constexpr std::int8_t kOfFile = 4;
constexpr std::int8_t kDefault = 5;

DescribeConfigsRequest request_for(std::int8_t type, const std::string& name,
                                   Keys keys = std::nullopt) {
  DescribeConfigsRequest request;
  auto& resource = request.resources.emplace_back();
  resource.resource_type = type;
  resource.resource_name = name;
  resource.configuration_keys = std::move(keys);
  return request;
}

Result ask(BrokerHarness& broker, const DescribeConfigsRequest& request,
           std::int16_t version = kVersion) {
  const auto response = broker.ask<DescribeConfigsResponse>(version, request);
  REQUIRE(response.results.size() == 1);
  return response.results[0];
}

Config config(const Result& result, const std::string& name) {
  const auto found = std::find_if(result.configs.begin(), result.configs.end(),
                                  [&](const Config& one) { return one.name == name; });
  REQUIRE(found != result.configs.end());
  return *found;
}

std::size_t count_settings(bool of_topics) {
  const auto& all = all_settings();
  return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [&](const auto& spec) {
    return (spec.scope == SettingScope::kTopic) == of_topics;
  }));
}

TEST_CASE("describe configs: every setting of a topic, with value and source") {
  BrokerHarness broker({.settings = {{"log.retention.ms", "1234567"}}});
  broker.create_topic("t", 1, {{"max.message.bytes", "70000"}});
  for (std::int16_t version = 1; version <= kVersion; ++version) {
    const Result result = ask(broker, request_for(kTopic, "t"), version);
    REQUIRE(result.error_code == KafkaError::kNone);
    REQUIRE_FALSE(result.error_message);
    REQUIRE(result.resource_type == kTopic);
    REQUIRE(result.resource_name == "t");
    REQUIRE(result.configs.size() == count_settings(true));
    const Config own = config(result, "max.message.bytes");
    REQUIRE(own.value == "70000");
    REQUIRE(own.config_source == kOfTopic);
    REQUIRE(config(result, "retention.ms").value == "1234567");
    REQUIRE(config(result, "retention.ms").config_source == kOfFile);
    REQUIRE(config(result, "cleanup.policy").value == "delete");
    REQUIRE(config(result, "cleanup.policy").config_source == kDefault);
    for (const Config& one : result.configs) {
      REQUIRE_FALSE(one.read_only);
      REQUIRE_FALSE(one.is_sensitive);
      REQUIRE(one.synonyms.empty());
      REQUIRE(one.config_source != 0);
      REQUIRE((one.config_type != 0) == (version >= 3));
    }
  }
}

TEST_CASE("describe configs: Kafka's numbers of types") {
  BrokerHarness broker;
  broker.create_topic("t");
  const Result result = ask(broker, request_for(kTopic, "t"));
  REQUIRE(config(result, "unclean.leader.election.enable").config_type == 1);  // boolean
  REQUIRE(config(result, "compression.type").config_type == 2);                // string
  REQUIRE(config(result, "max.message.bytes").config_type == 3);               // int
  REQUIRE(config(result, "retention.ms").config_type == 5);                    // long
  REQUIRE(config(result, "min.cleanable.dirty.ratio").config_type == 6);       // double
  REQUIRE(config(result, "cleanup.policy").config_type == 7);                  // list
}

TEST_CASE("describe configs: only some keys, and none means all") {
  BrokerHarness broker;
  broker.create_topic("t");
  const auto names = [&](Keys keys) {
    std::vector<std::string> found;
    for (const Config& one : ask(broker, request_for(kTopic, "t", std::move(keys))).configs) {
      found.push_back(one.name);
    }
    std::sort(found.begin(), found.end());
    return found;
  };
  using Names = std::vector<std::string>;
  REQUIRE(names(Names{"retention.ms", "no.such.key", "cleanup.policy"}) ==
          Names{"cleanup.policy", "retention.ms"});
  REQUIRE(names(Names{"no.such.key"}).empty());
  REQUIRE(names(Names{}).size() == count_settings(true));
}

TEST_CASE("describe configs: where a value could come from, and what it means, when asked") {
  BrokerHarness broker({.settings = {{"log.retention.hours", "3"}}});
  broker.create_topic("t", 1, {{"retention.ms", "5000"}});
  auto request = request_for(kTopic, "t", std::vector<std::string>{"retention.ms"});
  request.include_synonyms = true;
  request.include_documentation = true;
  const Config one = config(ask(broker, request), "retention.ms");
  REQUIRE(one.documentation);
  REQUIRE_FALSE(one.documentation->empty());
  REQUIRE(one.synonyms.size() >= 2);
  REQUIRE(one.synonyms[0].name == "retention.ms");
  REQUIRE(one.synonyms[0].value == "5000");
  REQUIRE(one.synonyms[0].source == kOfTopic);
  REQUIRE(std::any_of(one.synonyms.begin(), one.synonyms.end(), [](const auto& synonym) {
    return synonym.name == "log.retention.hours" && synonym.source == kOfFile;
  }));
  request.include_documentation = false;
  request.include_synonyms = false;
  const Config bare = config(ask(broker, request), "retention.ms");
  REQUIRE(bare.documentation.value_or("").empty());
  REQUIRE(bare.synonyms.empty());
}

TEST_CASE("describe configs: every setting of the node") {
  BrokerHarness broker({.settings = {{"num.partitions", "5"}}});
  broker.commit({controller::ConfigRecord{std::nullopt, "log.retention.ms", "777"}});
  const Result result = ask(broker, request_for(kBroker, "1"));
  REQUIRE(result.error_code == KafkaError::kNone);
  REQUIRE(result.configs.size() == count_settings(false));
  REQUIRE(config(result, "num.partitions").value == "5");
  REQUIRE(config(result, "num.partitions").config_source == kOfFile);
  REQUIRE_FALSE(config(result, "num.partitions").read_only);
  REQUIRE(config(result, "log.retention.ms").value == "777");
  REQUIRE(config(result, "log.retention.ms").config_source == kOfCluster);
  REQUIRE(config(result, "node.id").read_only);
  REQUIRE(config(result, "node.id").config_source == kDefault);
}

TEST_CASE("describe configs: the cluster's own are those that were altered") {
  BrokerHarness broker({.settings = {{"num.partitions", "5"}}});
  REQUIRE(ask(broker, request_for(kBroker, "")).configs.empty());
  broker.commit({controller::ConfigRecord{std::nullopt, "log.retention.ms", "777"}});
  const Result result = ask(broker, request_for(kBroker, ""));
  REQUIRE(result.error_code == KafkaError::kNone);
  REQUIRE(result.configs.size() == 1);
  REQUIRE(config(result, "log.retention.ms").value == "777");
  REQUIRE(config(result, "log.retention.ms").config_source == kOfCluster);
}

TEST_CASE("describe configs: secrets are named and not told") {
  BrokerHarness broker;
  auto request = request_for(kBroker, "1");
  request.include_synonyms = true;
  std::size_t secrets = 0;
  for (const Config& one : ask(broker, request).configs) {
    const SettingSpec* const spec = find_setting(one.name, SettingScope::kCluster);
    REQUIRE(spec != nullptr);
    REQUIRE(one.is_sensitive == (spec->type == SettingType::kPassword));
    if (!one.is_sensitive) continue;
    ++secrets;
    REQUIRE(one.config_type == 9);
    REQUIRE_FALSE(one.value);
    for (const auto& synonym : one.synonyms) REQUIRE_FALSE(synonym.value);
  }
  REQUIRE(secrets > 0);
}

TEST_CASE("describe configs: resources that are not there, or have no settings") {
  BrokerHarness broker;
  struct Case {
    std::int8_t type;
    std::string name;
    KafkaError error;
  };
  for (const Case& one : std::vector<Case>{{kTopic, "nope", KafkaError::kUnknownTopicOrPartition},
                                           {kTopic, "a b", KafkaError::kInvalidTopicException},
                                           {kTopic, "", KafkaError::kInvalidTopicException},
                                           {kBroker, "2", KafkaError::kInvalidRequest},
                                           {kBroker, "one", KafkaError::kInvalidRequest},
                                           {0, "x", KafkaError::kInvalidRequest},
                                           {8, "1", KafkaError::kInvalidRequest},
                                           {99, "x", KafkaError::kInvalidRequest}}) {
    CAPTURE(one.name, static_cast<int>(one.type));
    const Result result = ask(broker, request_for(one.type, one.name));
    REQUIRE(result.error_code == one.error);
    REQUIRE(result.error_message);
    REQUIRE(result.resource_type == one.type);
    REQUIRE(result.resource_name == one.name);
    REQUIRE(result.configs.empty());
  }
  for (const std::int8_t type : {16, 32}) {  // client metrics, groups
    const Result result = ask(broker, request_for(type, "x"));
    REQUIRE(result.error_code == KafkaError::kNone);
    REQUIRE(result.configs.empty());
  }
}

TEST_CASE("describe configs: results stand in the order of the request") {
  BrokerHarness broker;
  broker.create_topic("b");
  broker.create_topic("a");
  DescribeConfigsRequest request;
  for (const char* const name : {"b", "nope", "a"}) {
    request.resources.push_back(request_for(kTopic, name).resources[0]);
  }
  const auto response = broker.ask<DescribeConfigsResponse>(kVersion, request);
  REQUIRE(response.results.at(0).resource_name == "b");
  REQUIRE(response.results.at(1).error_code == KafkaError::kUnknownTopicOrPartition);
  REQUIRE(response.results.at(2).resource_name == "a");
  REQUIRE_FALSE(response.results.at(2).configs.empty());
}

}  // namespace
}  // namespace millrace::broker
