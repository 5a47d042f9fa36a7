#pragma once

#include <utility>
#include <vector>

#include "broker/messages.h"
#include "broker/ports.h"

namespace millrace::broker {

/// What the partitions of a shard want done, in order. Filled while one event is handled, emptied
/// by the Shard when it is done.
struct Outbox {
  std::vector<storage::WriteOp> writes;
  std::vector<std::pair<ShardIndex, ShardMessage>> messages;
  std::vector<ColdJob> cold_jobs;
  std::vector<TopicPartitionId> let_go;

  template <class Message>
  void send(ShardIndex to, Message message) {
    messages.emplace_back(to, ShardMessage{std::move(message)});
  }
};

}  // namespace millrace::broker
