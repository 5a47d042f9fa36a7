#include "cli/commands/topic_configs.h"

#include <charconv>

#include "cli/commands/config_resource.h"
#include "proto/kafka/messages/describe_configs.h"

namespace millrace::cli {
namespace {

using kafka::DescribeConfigsRequest;
using kafka::DescribeConfigsResponse;

constexpr std::int8_t kSetOnTopic = 1;  // a setting's source in DescribeConfigs

TopicConfigs configs_of(const DescribeConfigsResponse::DescribeConfigsResult& result) {
  TopicConfigs configs;
  for (const auto& config : result.configs) {
    const auto value = config.value.value_or("");
    if (config.config_source == kSetOnTopic) {
      configs.overrides[config.name] = config.is_sensitive ? "(hidden)" : value;
    }
    if (config.name == "min.insync.replicas") {
      std::from_chars(value.data(), value.data() + value.size(), configs.min_insync_replicas);
    }
  }
  return configs;
}

}  // namespace

Answer<std::map<std::string, TopicConfigs>> topic_configs(Client& client,
                                                          const std::vector<std::string>& topics) {
  DescribeConfigsRequest request;
  for (const auto& name : topics) {
    auto& resource = request.resources.emplace_back();
    resource.resource_type = kTopicResource;
    resource.resource_name = name;
    resource.configuration_keys = std::nullopt;
  }
  auto response = client.ask<DescribeConfigsResponse>([&](std::int16_t) { return request; });
  if (!response) return problem(std::move(response).error());
  std::map<std::string, TopicConfigs> configs;
  for (const auto& result : response->results) {
    if (result.error_code != kafka::KafkaError::kNone) continue;
    configs[result.resource_name] = configs_of(result);
  }
  return configs;
}

}  // namespace millrace::cli
