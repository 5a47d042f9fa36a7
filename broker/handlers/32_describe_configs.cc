#include "broker/handlers/32_describe_configs.h"

#include <algorithm>

#include "broker/handlers/config_resource.h"
#include "broker/handlers/config_rows.h"
#include "broker/handlers/lookup.h"

namespace millrace::broker {

namespace {

using kafka::DescribeConfigsRequest;
using kafka::DescribeConfigsResponse;
using kafka::KafkaError;

using Result = DescribeConfigsResponse::DescribeConfigsResult;

/// All rows of the resource; sets the result's error where there is no such resource.
std::vector<ConfigRow> rows_of(Desk& desk,
                               const DescribeConfigsRequest::DescribeConfigsResource& asked,
                               Result& result) {
  const MetadataView& metadata = desk.metadata();
  if (asked.resource_type == kTopicResource) {
    const controller::Topic* const topic = metadata.image().topic(asked.resource_name);
    if (topic != nullptr) return topic_config_rows(metadata.settings(), topic->configs);
    result.error_code = is_topic_name(asked.resource_name) ? KafkaError::kUnknownTopicOrPartition
                                                           : KafkaError::kInvalidTopicException;
    result.error_message = fmt::format("there is no topic '{}'", asked.resource_name);
    return {};
  }
  if (asked.resource_type == kBrokerResource) {
    if (asked.resource_name.empty()) return cluster_config_rows(metadata.image().cluster_configs());
    if (asked.resource_name == to_string(desk.config().node_id)) {
      return broker_config_rows(metadata.settings());
    }
    result.error_code = KafkaError::kInvalidRequest;
    result.error_message = fmt::format("this is node {}; ask node {} for its settings",
                                       desk.config().node_id.value(), asked.resource_name);
    return {};
  }
  // Groups and client metrics have no settings of their own yet: none is the true answer.
  if (asked.resource_type == kGroupResource || asked.resource_type == kClientMetricsResource) {
    return {};
  }
  result.error_code = KafkaError::kInvalidRequest;
  result.error_message = fmt::format("resources of type {} have no settings", asked.resource_type);
  return {};
}

void add_row(const DescribeConfigsRequest& request, const ConfigRow& row, Result& result) {
  auto& config = result.configs.emplace_back();
  config.name = row.name;
  config.value = row.value;
  config.read_only = row.is_read_only;
  config.config_source = static_cast<std::int8_t>(row.source);
  config.is_sensitive = row.is_sensitive;
  config.config_type = row.type;
  if (request.include_documentation) config.documentation = std::string(row.doc);
  if (!request.include_synonyms) return;
  for (const SettingValue& value : row.synonyms) {
    auto& synonym = config.synonyms.emplace_back();
    synonym.name = std::string(value.name);
    synonym.value = row.is_sensitive ? std::nullopt : std::optional(value.text);
    synonym.source = static_cast<std::int8_t>(value.source);
  }
}

}  // namespace

void start_describe_configs(Desk& desk, Call call, DescribeConfigsRequest request) {
  const Access access = desk.access(call);
  DescribeConfigsResponse response;
  for (const auto& asked : request.resources) {
    Result& result = response.results.emplace_back();
    result.resource_type = asked.resource_type;
    result.resource_name = asked.resource_name;
    result.error_message = std::nullopt;
    result.error_code = check_config_access(access, Operation::kDescribeConfigs,
                                            asked.resource_type, asked.resource_name);
    if (result.error_code != KafkaError::kNone) {
      result.error_message = "not allowed to see these settings";
      continue;
    }
    const auto& keys = asked.configuration_keys;
    for (const ConfigRow& row : rows_of(desk, asked, result)) {
      // No key at all means the same as null.
      const bool is_wanted =
          !keys || keys->empty() || std::find(keys->begin(), keys->end(), row.name) != keys->end();
      if (is_wanted) add_row(request, row, result);
    }
  }
  desk.reply(call, response);
}

}  // namespace millrace::broker
