#include "controller/metadata/item_hash.h"

#include <concepts>

namespace millrace::controller {
namespace {

/// The first thing hashed of an item: items of different kinds never look alike.
enum class Kind : std::uint8_t {
  kEnd = 0,
  kCluster = 1,
  kProducerIds = 2,
  kConfig = 3,
  kFeature = 4,
  kBroker = 5,
  kTopic = 6,
  kPartition = 7,
};

/// FNV-1a of 64 bits over the bytes of the fields, then mixed: sums of plain FNV values of items
/// that differ in their last bytes would only differ in their low bits.
class ItemHash {
 public:
  explicit ItemHash(Kind kind) { byte(static_cast<std::uint8_t>(kind)); }

  template <std::integral T>
  ItemHash& add(T number) {
    const auto bits = static_cast<std::uint64_t>(number);
    for (unsigned shift = sizeof(T) * 8; shift != 0; shift -= 8) {
      byte(static_cast<std::uint8_t>(bits >> (shift - 8)));
    }
    return *this;
  }
  ItemHash& add(std::string_view text) {
    add(static_cast<std::uint32_t>(text.size()));
    for (const char c : text) byte(static_cast<std::uint8_t>(c));
    return *this;
  }
  ItemHash& add(const Uuid& id) {
    for (const auto each : id.bytes()) byte(each);
    return *this;
  }
  template <class Ids>
  ItemHash& add_nodes(const Ids& ids) {
    add(static_cast<std::uint32_t>(ids.size()));
    for (const auto id : ids) add(id.value());
    return *this;
  }
  ItemHash& add(const Endpoint& endpoint) {
    return add(endpoint.listener).add(endpoint.host).add(endpoint.port);
  }

  /// The end of SplitMix64.
  [[nodiscard]] std::uint64_t value() const {
    auto mixed = hash_;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9U;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebU;
    return mixed ^ (mixed >> 31);
  }

 private:
  void byte(std::uint8_t value) { hash_ = (hash_ ^ value) * 1099511628211U; }

  std::uint64_t hash_ = 14695981039346656037U;
};

}  // namespace

std::uint64_t hash_of_end(Offset end) {
  return ItemHash(Kind::kEnd).add(end.value()).value();
}

std::uint64_t hash_of_cluster(const Uuid& cluster_id) {
  return ItemHash(Kind::kCluster).add(cluster_id).value();
}

std::uint64_t hash_of_producer_ids(ProducerId next) {
  return ItemHash(Kind::kProducerIds).add(next.value()).value();
}

std::uint64_t hash_of_config(const TopicId& topic, std::string_view name, std::string_view value) {
  return ItemHash(Kind::kConfig).add(topic.uuid()).add(name).add(value).value();
}

std::uint64_t hash_of_feature(std::string_view name, std::int16_t level) {
  return ItemHash(Kind::kFeature).add(name).add(level).value();
}

std::uint64_t hash_of(const Broker& broker) {
  ItemHash hash(Kind::kBroker);
  hash.add(broker.id.value()).add(std::string_view(broker.rack)).add(broker.epoch.value());
  hash.add(broker.incarnation.uuid()).add(broker.directory.uuid());
  hash.add(static_cast<std::uint8_t>(broker.fenced));
  hash.add(broker.versions.min).add(broker.versions.max);
  hash.add(static_cast<std::uint32_t>(broker.endpoints.size()));
  for (const auto& endpoint : broker.endpoints) hash.add(endpoint);
  hash.add(static_cast<std::uint8_t>(broker.peer.has_value()));
  if (broker.peer) hash.add(*broker.peer);
  return hash.value();
}

std::uint64_t hash_of_topic(const TopicId& id, std::string_view name, Offset created_at) {
  return ItemHash(Kind::kTopic).add(id.uuid()).add(name).add(created_at.value()).value();
}

std::uint64_t hash_of(const TopicPartitionId& id, const Partition& state, Offset created_at) {
  ItemHash hash(Kind::kPartition);
  hash.add(id.topic_id.uuid()).add(id.partition.value()).add(created_at.value());
  hash.add_nodes(state.replicas).add_nodes(state.isr).add(state.leader.value());
  hash.add(state.leader_epoch.value()).add(state.partition_epoch.value());
  hash.add(static_cast<std::uint32_t>(state.directories.size()));
  for (const auto& directory : state.directories) hash.add(directory.uuid());
  return hash.value();
}

std::uint64_t hash_of(const Topic& topic) {
  auto hash = hash_of_topic(topic.id, topic.name, topic.created_at);
  for (const auto& [name, value] : topic.configs) hash += hash_of_config(topic.id, name, value);
  for (std::size_t i = 0; i < topic.partitions.size(); ++i) {
    const PartitionIndex index(static_cast<std::int32_t>(i));
    hash += hash_of({topic.id, index}, topic.partitions[i], topic.partitions_created_at[i]);
  }
  return hash;
}

}  // namespace millrace::controller
