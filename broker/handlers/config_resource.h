#pragma once

#include <string>

#include "broker/handlers/access.h"
#include "proto/kafka/errors/kafka_error.h"

/// What DescribeConfigs and its siblings call a resource.
namespace millrace::broker {

inline constexpr std::int8_t kTopicResource = 2;
inline constexpr std::int8_t kBrokerResource = 4;
inline constexpr std::int8_t kBrokerLoggerResource = 8;
inline constexpr std::int8_t kClientMetricsResource = 16;
inline constexpr std::int8_t kGroupResource = 32;

/// kNone when allowed: the topic for topics, the group for groups, else the cluster.
inline kafka::KafkaError check_config_access(const Access& access, Operation operation,
                                             std::int8_t type, const std::string& name) {
  using kafka::KafkaError;
  if (type == kTopicResource) {
    return access.topic(operation, name) ? KafkaError::kNone
                                         : KafkaError::kTopicAuthorizationFailed;
  }
  if (type == kGroupResource) {
    return access.group(operation, name) ? KafkaError::kNone
                                         : KafkaError::kGroupAuthorizationFailed;
  }
  return access.cluster(operation) ? KafkaError::kNone : KafkaError::kClusterAuthorizationFailed;
}

}  // namespace millrace::broker
