#include "broker/handlers/33_alter_configs.h"

#include <algorithm>

#include "broker/handlers/altering.h"

namespace millrace::broker {

void start_alter_configs(Desk& desk, Call call, kafka::AlterConfigsRequest request) {
  const Access access = desk.access(call);
  auto altering = std::make_unique<Altering<kafka::AlterConfigsResponse>>(call);
  altering->command.replace_all = true;
  altering->command.validate_only = request.validate_only;
  for (const auto& resource : request.resources) {
    auto* const changes = altering->add(access, resource.resource_type, resource.resource_name);
    if (changes == nullptr) continue;
    const bool all_there = std::all_of(resource.configs.begin(), resource.configs.end(),
                                       [](const auto& config) { return config.value; });
    if (!all_there) {
      altering->refuse_last("a setting without a value; leave it out to have its default");
      continue;
    }
    for (const auto& config : resource.configs) {
      changes->push_back({config.name, controller::ConfigOperation::kSet, config.value});
    }
  }
  submit_or_reply(desk, std::move(altering));
}

}  // namespace millrace::broker
