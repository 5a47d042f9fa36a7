#include "broker/handlers/fetch_scope.h"

#include "broker/handlers/error_map.h"

namespace millrace::broker {

namespace {

using kafka::FetchRequest;
using kafka::KafkaError;

constexpr std::int32_t kFinalEpoch = -1;   // no session, or the end of one
constexpr std::int32_t kInitialEpoch = 0;  // a new session
constexpr std::int16_t kFirstWithIds = 13;

std::vector<SessionPartition> named(const FetchRequest& request) {
  std::vector<SessionPartition> partitions;
  for (const auto& topic : request.topics) {
    for (const auto& partition : topic.partitions) {
      SessionPartition& one = partitions.emplace_back();
      one.key = {topic.topic, topic.topic_id, partition.partition};
      one.fetch_offset = partition.fetch_offset;
      one.current_leader_epoch = partition.current_leader_epoch;
      one.last_fetched_epoch = partition.last_fetched_epoch;
      one.max_bytes = partition.partition_max_bytes;
    }
  }
  return partitions;
}

/// The topic that a partition of the request means, or null; sets the slot's refusal.
const controller::Topic* find_topic(Desk& desk, const Access& access, bool by_id, FetchSlot& slot) {
  const auto& image = desk.metadata().image();
  const SessionKey& key = slot.asked.key;
  const controller::Topic* const topic = by_id ? image.topic(key.topic_id) : image.topic(key.topic);
  if (by_id && topic == nullptr) {
    slot.refusal = KafkaError::kUnknownTopicId;
    return nullptr;
  }
  if (!access.topic(Operation::kRead, topic != nullptr ? topic->name : key.topic)) {
    slot.refusal = KafkaError::kTopicAuthorizationFailed;
    return nullptr;
  }
  if (topic == nullptr) slot.refusal = KafkaError::kUnknownTopicOrPartition;
  return topic;
}

FetchSlot make_slot(Desk& desk, const Access& access, bool by_id, SessionPartition asked) {
  FetchSlot slot;
  slot.asked = std::move(asked);
  const controller::Topic* const topic = find_topic(desk, access, by_id, slot);
  if (topic == nullptr) return slot;
  const std::int32_t index = slot.asked.key.partition.value();
  if (index < 0 || static_cast<std::size_t>(index) >= topic->partitions.size()) {
    slot.refusal = KafkaError::kUnknownTopicOrPartition;
    return slot;
  }
  slot.topic_name = topic->name;
  slot.id = {topic->id, slot.asked.key.partition};
  return slot;
}

/// Applies an incremental request to its session. Null and the scope's error when it cannot.
FetchSession* continue_session(Desk& desk, const Call& call, const FetchRequest& request,
                               FetchScope& scope) {
  SessionCache& cache = desk.sessions();
  auto resumed = cache.resume(request.session_id, request.session_epoch,
                              call.version >= kFirstWithIds, desk.now().mono);
  if (!resumed) {
    scope.error = to_kafka(resumed.error().code);
    return nullptr;
  }
  FetchSession* const session = *resumed;
  for (const auto& topic : request.forgotten_topics_data) {
    for (const PartitionIndex partition : topic.partitions) {
      cache.remove(*session, {topic.topic, topic.topic_id, partition});
    }
  }
  for (const SessionPartition& partition : named(request)) {
    if (!cache.put(*session, partition)) {
      scope.error = KafkaError::kFetchSessionIdNotFound;  // too large: begin anew, without
      return nullptr;
    }
  }
  if (session->size() == 0) {
    cache.close(session->id());
    return nullptr;
  }
  scope.session_id = session->id();
  scope.is_incremental = true;
  return session;
}

}  // namespace

FetchScope resolve_fetch_scope(Desk& desk, const Call& call, const FetchRequest& request) {
  FetchScope scope;
  std::vector<SessionPartition> partitions;
  const bool by_id = call.version >= kFirstWithIds;
  const bool is_full =
      request.session_epoch == kFinalEpoch || request.session_epoch == kInitialEpoch;
  if (is_full) {
    partitions = named(request);
    desk.sessions().close(request.session_id);
    if (request.session_epoch == kInitialEpoch && !partitions.empty()) {
      const FetchSession* const session = desk.sessions().open(by_id, partitions, desk.now().mono,
                                                               desk.now().mono - kFetchSessionIdle);
      if (session != nullptr) scope.session_id = session->id();
    }
  } else if (const FetchSession* const session = continue_session(desk, call, request, scope)) {
    partitions = {session->partitions().begin(), session->partitions().end()};
  }
  const Access access = desk.access(call);
  scope.slots.reserve(partitions.size());
  for (SessionPartition& partition : partitions) {
    scope.slots.push_back(make_slot(desk, access, by_id, std::move(partition)));
  }
  return scope;
}

}  // namespace millrace::broker
