#include "controller/ops/fencing.h"

#include <algorithm>

#include "controller/election/election.h"
#include "controller/planted.h"

namespace millrace::controller {
namespace {

using Change =
    std::function<std::optional<Partition>(const TopicPartitionId& id, const Partition& state)>;

/// A record for every partition that `change` changes, of at most `count_max`.
MetadataTransaction changes(const MetadataImage& image, const Change& change,
                            std::size_t count_max = SIZE_MAX) {
  MetadataTransaction records;
  for (const auto* topic : image.topics()) {
    for (std::size_t i = 0; i < topic->partitions.size(); ++i) {
      const TopicPartitionId id{topic->id, PartitionIndex(static_cast<std::int32_t>(i))};
      auto state = change(id, topic->partitions[i]);
      if (!state) continue;
      if (records.size() == count_max) return records;
      records.push_back(PartitionRecord{id, std::move(*state)});
    }
  }
  return records;
}

IsAlive in(const std::set<NodeId>& alive) {
  return [&alive](NodeId id) { return alive.count(id) != 0; };
}

/// Whether the replica of `broker` lies in a directory that is not the broker's. A directory that
/// was never told may be any.
bool lies_elsewhere(const Partition& state, const BrokerRecord& broker) {
  for (std::size_t i = 0; i < std::min(state.replicas.size(), state.directories.size()); ++i) {
    if (state.replicas[i] != broker.id) continue;
    return !state.directories[i].is_zero() && state.directories[i] != broker.directory;
  }
  return false;
}

}  // namespace

std::set<NodeId> alive_in(const MetadataImage& image) {
  std::set<NodeId> alive;
  for (const auto& [id, broker] : image.brokers()) {
    if (!broker.fenced || planted(Bug::kFencedElected)) alive.insert(id);
  }
  return alive;
}

MetadataTransaction fence(const MetadataImage& image, const std::set<NodeId>& dead) {
  auto alive = alive_in(image);
  for (const auto id : dead) alive.erase(id);
  auto records =
      changes(image, [is_alive = in(alive)](const TopicPartitionId&, const Partition& state) {
        return elected(state, is_alive);
      });
  for (const auto id : dead) records.push_back(BrokerFenceRecord{id, true});
  return records;
}

MetadataTransaction restarted(const MetadataImage& image, const BrokerRecord& broker,
                              const std::set<TopicPartitionId>& lost) {
  auto alive = alive_in(image);
  alive.erase(broker.id);
  const auto is_alive = in(alive);
  return changes(image, [&](const TopicPartitionId& id, const Partition& state) {
    const bool gone = lost.count(id) != 0 || lies_elsewhere(state, broker);
    return gone ? without(state, broker.id, broker.directory, is_alive) : elected(state, is_alive);
  });
}

MetadataTransaction unfence(const MetadataImage& image, NodeId id) {
  auto alive = alive_in(image);
  alive.insert(id);
  auto records =
      changes(image, [is_alive = in(alive)](const TopicPartitionId&, const Partition& state) {
        return elected(state, is_alive);
      });
  records.insert(records.begin(), BrokerFenceRecord{id, false});
  return records;
}

MetadataTransaction hand_over(const MetadataImage& image, NodeId id) {
  const auto alive = alive_in(image);
  auto moves = changes(
      image,
      [&, is_alive = in(alive)](const TopicPartitionId&, const Partition& state) {
        return handed_over(state, id, is_alive);
      },
      kHandOverMax + 1);
  if (moves.size() <= kHandOverMax) return fence(image, {id});
  moves.pop_back();
  return moves;
}

}  // namespace millrace::controller
