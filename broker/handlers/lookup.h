#pragma once

#include <string>
#include <string_view>

#include "broker/handlers/desk.h"

namespace millrace::broker {

/// The partition that a request names, or why it gets an error instead.
struct Lookup {
  kafka::KafkaError error = kafka::KafkaError::kNone;
  const controller::Topic* topic = nullptr;
  TopicPartitionId id;
};

/// By topic name. The authorizer is asked first, so that who may not look learns nothing.
Lookup find_partition(Desk& desk, const Access& access, Operation operation,
                      const std::string& topic, PartitionIndex index);

/// Whether a name can be a topic's: 1 to 249 of letters, digits, '.', '_' and '-', not "." or "..".
bool is_topic_name(std::string_view name);

}  // namespace millrace::broker
