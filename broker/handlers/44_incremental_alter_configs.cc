#include "broker/handlers/44_incremental_alter_configs.h"

#include <algorithm>

#include "broker/handlers/altering.h"

namespace millrace::broker {

namespace {

using Request = kafka::IncrementalAlterConfigsRequest;

bool is_known(std::int8_t operation) {
  return operation >= static_cast<std::int8_t>(controller::ConfigOperation::kSet) &&
         operation <= static_cast<std::int8_t>(controller::ConfigOperation::kSubtract);
}

}  // namespace

void start_incremental_alter_configs(Desk& desk, Call call, Request request) {
  const Access access = desk.access(call);
  auto altering = std::make_unique<Altering<kafka::IncrementalAlterConfigsResponse>>(call);
  altering->command.validate_only = request.validate_only;
  for (const auto& resource : request.resources) {
    auto* const changes = altering->add(access, resource.resource_type, resource.resource_name);
    if (changes == nullptr) continue;
    const bool all_known =
        std::all_of(resource.configs.begin(), resource.configs.end(),
                    [](const auto& config) { return is_known(config.config_operation); });
    if (!all_known) {
      altering->refuse_last("operations are 0 set, 1 delete, 2 append and 3 subtract");
      continue;
    }
    const bool all_there =
        std::all_of(resource.configs.begin(), resource.configs.end(), [](const auto& config) {
          return config.value || config.config_operation ==
                                     static_cast<std::int8_t>(controller::ConfigOperation::kDelete);
        });
    if (!all_there) {
      altering->refuse_last("only an operation that deletes comes without a value");
      continue;
    }
    for (const auto& config : resource.configs) {
      changes->push_back({config.name,
                          static_cast<controller::ConfigOperation>(config.config_operation),
                          config.value});
    }
  }
  submit_or_reply(desk, std::move(altering));
}

}  // namespace millrace::broker
