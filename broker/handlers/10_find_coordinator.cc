#include "broker/handlers/10_find_coordinator.h"

/// There are no coordinators yet. The API is advertised all the same: librdkafka decides from it
/// whether a broker knows lz4. Its answer is final, or clients would ask for ever.
namespace millrace::broker {

namespace {

using kafka::KafkaError;

constexpr std::int8_t kGroup = 0;
constexpr std::int8_t kTransactionalId = 1;
constexpr std::int8_t kShareGroup = 2;

struct Refusal {
  KafkaError error;
  std::string message;
};

Refusal refuse(const Access& access, std::int8_t key_type, const std::string& key) {
  switch (key_type) {
    case kGroup:
      if (!access.group(Operation::kDescribe, key)) {
        return {KafkaError::kGroupAuthorizationFailed, "not allowed to use the group"};
      }
      return {KafkaError::kInvalidRequest,
              "consumer groups are not there yet in this version of Millrace; assign partitions "
              "instead of subscribing"};
    case kTransactionalId:
      if (!access.transactional_id(Operation::kDescribe, key)) {
        return {KafkaError::kTransactionalIdAuthorizationFailed,
                "not allowed to use the transactional id"};
      }
      return {KafkaError::kInvalidRequest,
              "transactions are not there yet in this version of Millrace; produce without "
              "transactional.id"};
    case kShareGroup:
      if (!access.group(Operation::kDescribe, key)) {
        return {KafkaError::kGroupAuthorizationFailed, "not allowed to use the share group"};
      }
      return {KafkaError::kInvalidRequest,
              "share groups are not there yet in this version of Millrace"};
    default:
      if (!access.cluster(Operation::kDescribe)) {
        return {KafkaError::kClusterAuthorizationFailed, "not allowed to describe the cluster"};
      }
      return {KafkaError::kInvalidRequest, fmt::format("there is no key type {}", key_type)};
  }
}

}  // namespace

void start_find_coordinator(Desk& desk, Call call, kafka::FindCoordinatorRequest request) {
  const Access access = desk.access(call);
  kafka::FindCoordinatorResponse response;
  if (call.version < 4) {
    Refusal refusal = refuse(access, request.key_type, request.key);
    response.error_code = refusal.error;
    response.error_message = std::move(refusal.message);
    response.node_id = kNoNode;
    response.port = -1;
    desk.reply(call, response);
    return;
  }
  for (const std::string& key : request.coordinator_keys) {
    Refusal refusal = refuse(access, request.key_type, key);
    auto& coordinator = response.coordinators.emplace_back();
    coordinator.key = key;
    coordinator.node_id = kNoNode;
    coordinator.port = -1;
    coordinator.error_code = refusal.error;
    coordinator.error_message = std::move(refusal.message);
  }
  desk.reply(call, response);
}

}  // namespace millrace::broker
