#include "controller/metadata/snapshot.h"

#include "controller/metadata/item_hash.h"

namespace millrace::controller {
namespace {

/// Cuts a run of records into transactions.
class Cutter {
 public:
  void add(MetadataRecord record) {
    if (out_.empty() || out_.back().size() >= kSnapshotRecordsMax) out_.emplace_back();
    out_.back().push_back(std::move(record));
  }
  std::vector<MetadataTransaction> take() { return std::move(out_); }

 private:
  std::vector<MetadataTransaction> out_;
};

void add_configs(const std::optional<TopicId>& topic, const SettingMap& configs, Cutter& out) {
  for (const auto& [name, value] : configs) out.add(ConfigRecord{topic, name, value});
}

void add_topic(const Topic& topic, Cutter& out) {
  out.add(TopicRecord{topic.id, topic.name, topic.created_at});
  add_configs(topic.id, topic.configs, out);
  for (std::size_t i = 0; i < topic.partitions.size(); ++i) {
    out.add(PartitionRecord{{topic.id, PartitionIndex(static_cast<std::int32_t>(i))},
                            topic.partitions[i],
                            topic.partitions_created_at[i]});
  }
}

void add_broker(const Broker& broker, Cutter& out) {
  out.add(BrokerRecord{broker.id, broker.rack, broker.endpoints, broker.incarnation,
                       broker.directory, Offset(broker.epoch.value()), broker.peer,
                       broker.versions});
  out.add(BrokerFenceRecord{broker.id, broker.fenced});
}

}  // namespace

std::vector<MetadataTransaction> records_of(const MetadataImage& image) {
  Cutter out;
  if (!image.cluster_id().is_zero()) out.add(ClusterRecord{image.cluster_id()});
  out.add(ProducerIdsRecord{image.next_producer_id()});
  add_configs(std::nullopt, image.cluster_configs(), out);
  for (const auto& [name, level] : image.features()) out.add(FeatureRecord{name, level});
  for (const auto& [id, broker] : image.brokers()) add_broker(broker, out);
  for (const auto* topic : image.topics()) add_topic(*topic, out);
  return out.take();
}

std::uint64_t state_hash(const MetadataImage& image) {
  return image.state_hash();
}

std::uint64_t computed_state_hash(const MetadataImage& image) {
  auto hash = hash_of_end(image.end_offset()) + hash_of_cluster(image.cluster_id()) +
              hash_of_producer_ids(image.next_producer_id());
  for (const auto& [name, value] : image.cluster_configs()) {
    hash += hash_of_config(TopicId(), name, value);
  }
  for (const auto& [name, level] : image.features()) hash += hash_of_feature(name, level);
  for (const auto& [id, broker] : image.brokers()) hash += hash_of(broker);
  for (const auto* topic : image.topics()) hash += hash_of(*topic);
  return hash;
}

}  // namespace millrace::controller
