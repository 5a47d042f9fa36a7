#pragma once

#include <string>
#include <vector>

#include "broker/fetch/session_cache.h"
#include "broker/handlers/desk.h"
#include "proto/kafka/messages/fetch.h"

/// Which partitions a fetch is about: those that the request names, or those of its session.
namespace millrace::broker {

/// One partition of a fetch, in the order in which it is to be filled.
struct FetchSlot {
  SessionPartition asked;
  TopicPartitionId id;     // zero topic id: there is no such partition
  std::string topic_name;  // empty when it is not known
  kafka::KafkaError refusal = kafka::KafkaError::kNone;
};

struct FetchScope {
  kafka::KafkaError error = kafka::KafkaError::kNone;  // of the whole request
  std::int32_t session_id = 0;                         // 0: none
  bool is_incremental = false;                         // only news are answered
  std::vector<FetchSlot> slots;
};

/// Opens, continues or closes the session as the request says, and checks each partition.
FetchScope resolve_fetch_scope(Desk& desk, const Call& call, const kafka::FetchRequest& request);

}  // namespace millrace::broker
