#include "broker/handlers/lookup.h"

#include <algorithm>

namespace millrace::broker {

Lookup find_partition(Desk& desk, const Access& access, Operation operation,
                      const std::string& topic, PartitionIndex index) {
  Lookup lookup;
  if (!access.topic(operation, topic)) {
    lookup.error = kafka::KafkaError::kTopicAuthorizationFailed;
    return lookup;
  }
  lookup.topic = desk.metadata().image().topic(topic);
  if (lookup.topic == nullptr || index < PartitionIndex(0) ||
      static_cast<std::size_t>(index.value()) >= lookup.topic->partitions.size()) {
    lookup.error = kafka::KafkaError::kUnknownTopicOrPartition;
    return lookup;
  }
  lookup.id = {lookup.topic->id, index};
  return lookup;
}

bool is_topic_name(std::string_view name) {
  constexpr std::size_t kTopicNameMax = 249;
  if (name.empty() || name.size() > kTopicNameMax || name == "." || name == "..") return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  });
}

}  // namespace millrace::broker
