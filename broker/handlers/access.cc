#include "broker/handlers/access.h"

#include <array>

namespace millrace::broker {

std::int32_t Access::operations(std::span<const Operation> all, ResourceType type,
                                std::string_view name) const {
  std::int32_t bits = 0;
  for (const Operation operation : all) {
    if (authorizer_.allows(who_, operation, type, name)) bits |= 1 << static_cast<int>(operation);
  }
  return bits;
}

std::int32_t Access::topic_operations(std::string_view name) const {
  using enum Operation;
  static constexpr std::array kAll{kRead,     kWrite, kCreate,          kDelete,
                                   kDescribe, kAlter, kDescribeConfigs, kAlterConfigs};
  return operations(kAll, ResourceType::kTopic, name);
}

std::int32_t Access::cluster_operations() const {
  using enum Operation;
  static constexpr std::array kAll{kCreate,       kAlter,           kDescribe,       kClusterAction,
                                   kAlterConfigs, kDescribeConfigs, kIdempotentWrite};
  return operations(kAll, ResourceType::kCluster, kClusterResource);
}

}  // namespace millrace::broker
