#include "broker/handlers/74_list_config_resources.h"

#include <algorithm>

#include "broker/handlers/config_resource.h"

namespace millrace::broker {

namespace {

using kafka::KafkaError;
using kafka::ListConfigResourcesResponse;

class Listing {
 public:
  explicit Listing(std::vector<std::int8_t> types) : types_(std::move(types)) {}

  void add(std::int8_t type, const std::string& name) {
    if (!types_.empty() && std::find(types_.begin(), types_.end(), type) == types_.end()) return;
    auto& resource = response.config_resources.emplace_back();
    resource.resource_type = type;
    resource.resource_name = name;
  }

  ListConfigResourcesResponse response;

 private:
  const std::vector<std::int8_t> types_;
};

bool is_known_type(std::int8_t type) {
  return type == kTopicResource || type == kBrokerResource || type == kBrokerLoggerResource ||
         type == kClientMetricsResource || type == kGroupResource;
}

}  // namespace

void start_list_config_resources(Desk& desk, Call call, kafka::ListConfigResourcesRequest request) {
  ListConfigResourcesResponse refusal;
  if (!desk.access(call).cluster(Operation::kDescribeConfigs)) {
    refusal.error_code = KafkaError::kClusterAuthorizationFailed;
    desk.reply(call, refusal);
    return;
  }
  auto types = std::move(request.resource_types);
  if (!std::all_of(types.begin(), types.end(), is_known_type)) {
    refusal.error_code = KafkaError::kUnsupportedVersion;
    desk.reply(call, refusal);
    return;
  }
  // Version 0 could only ask for client metrics, of which there are none.
  if (call.version == 0) types = {kClientMetricsResource};
  Listing listing(std::move(types));
  for (const controller::Topic* topic : desk.metadata().image().topics()) {
    listing.add(kTopicResource, topic->name);
  }
  for (const auto& [id, broker] : desk.metadata().image().brokers()) {
    listing.add(kBrokerResource, to_string(id));
  }
  desk.reply(call, listing.response);
}

}  // namespace millrace::broker
