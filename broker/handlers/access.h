#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "broker/authorizer.h"

namespace millrace::broker {

/// What the sender of one request may do. The only way of handlers to the authorizer.
class Access {
 public:
  Access(const Authorizer& authorizer, const RequestContext& who)
      : authorizer_(authorizer), who_(who) {}

  [[nodiscard]] bool topic(Operation operation, std::string_view name) const {
    return authorizer_.allows(who_, operation, ResourceType::kTopic, name);
  }
  [[nodiscard]] bool group(Operation operation, std::string_view name) const {
    return authorizer_.allows(who_, operation, ResourceType::kGroup, name);
  }
  [[nodiscard]] bool transactional_id(Operation operation, std::string_view name) const {
    return authorizer_.allows(who_, operation, ResourceType::kTransactionalId, name);
  }
  [[nodiscard]] bool cluster(Operation operation) const {
    return authorizer_.allows(who_, operation, ResourceType::kCluster, kClusterResource);
  }

  /// A bit per allowed operation, as Metadata and DescribeCluster report them.
  [[nodiscard]] std::int32_t topic_operations(std::string_view name) const;
  [[nodiscard]] std::int32_t cluster_operations() const;

 private:
  [[nodiscard]] std::int32_t operations(std::span<const Operation> all, ResourceType type,
                                        std::string_view name) const;

  const Authorizer& authorizer_;
  const RequestContext& who_;
};

}  // namespace millrace::broker
