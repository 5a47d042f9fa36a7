#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "broker/messages.h"

namespace millrace::broker {

/// Fetches, on any shard, that wait for partitions of this shard to grow. One per asker. Owned by
/// the PartitionHost. Bounded by the askers' limits (kWaitingFetchesMax).
class Watches {
 public:
  /// Requires: no watch of this asker.
  void add(Asker asker, const std::vector<TopicPartitionId>& parts, std::uint64_t bytes);
  void cancel(Asker asker);

  /// `bytes` more of the partition can be read. Returns the askers to be told; their watches are
  /// gone.
  [[nodiscard]] std::vector<Asker> on_growth(const TopicPartitionId& id, std::uint64_t bytes);
  /// Something else happened to the partition: everyone who watches it has to look.
  [[nodiscard]] std::vector<Asker> on_change(const TopicPartitionId& id);

  [[nodiscard]] std::size_t size() const { return watches_.size(); }

 private:
  using Key = std::pair<ShardIndex, std::uint64_t>;  // the asker
  struct Watch {
    std::vector<TopicPartitionId> parts;
    std::uint64_t bytes_left = 1;
  };

  std::map<Key, Watch> watches_;
  std::map<TopicPartitionId, std::set<Key>> by_partition_;
};

}  // namespace millrace::broker
