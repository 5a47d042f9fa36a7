#include "controller/metadata/image.h"

#include <fmt/format.h>

#include <algorithm>

#include "controller/metadata/item_hash.h"

namespace millrace::controller {
namespace {

char metric_char(char c) {
  return c == '.' ? '_' : c;
}

bool same_metric_name(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return metric_char(x) == metric_char(y); });
}

std::string describe_topic(const Topic& topic) {
  auto text = fmt::format("topic {} {} created at {}\n", topic.name, topic.id.to_string(),
                          topic.created_at.value());
  for (const auto& [name, value] : topic.configs) text += fmt::format("  {}={}\n", name, value);
  for (std::size_t i = 0; i < topic.partitions.size(); ++i) {
    const auto& partition = topic.partitions[i];
    text += fmt::format("  partition {} leader {} epoch {} partition epoch {} replicas", i,
                        partition.leader.value(), partition.leader_epoch.value(),
                        partition.partition_epoch.value());
    for (const auto id : partition.replicas) text += fmt::format(" {}", id.value());
    text += " isr";
    for (const auto id : partition.isr) text += fmt::format(" {}", id.value());
    text += "\n";
  }
  return text;
}

}  // namespace

ImagePtr MetadataImage::empty() {
  auto image = std::make_shared<MetadataImage>();
  image->items_hash_ =
      hash_of_cluster(image->cluster_id_) + hash_of_producer_ids(image->next_producer_id_);
  return image;
}

/// FNV-1a over the metric name, so that names that collide lie in one bucket, and so that the order
/// is the same in every process.
std::size_t MetadataImage::bucket_of(std::string_view name) {
  std::uint32_t hash = 2166136261U;
  for (const char c : name) {
    hash = (hash ^ static_cast<std::uint8_t>(metric_char(c))) * 16777619U;
  }
  return hash % kBuckets;
}

std::size_t MetadataImage::bucket_of(const TopicId& id) {
  return id.uuid().bytes().back() % kBuckets;
}

const Broker* MetadataImage::broker(NodeId id) const {
  const auto found = brokers_.find(id);
  return found == brokers_.end() ? nullptr : &found->second;
}

std::int16_t MetadataImage::version_level() const {
  const auto found = features_.find(kVersionFeature);
  return found == features_.end() ? std::int16_t{1} : found->second;
}

std::uint64_t MetadataImage::state_hash() const {
  return items_hash_ + hash_of_end(end_offset_);
}

const Topic* MetadataImage::topic(std::string_view name) const {
  const auto& bucket = by_name_[bucket_of(name)];
  if (!bucket) return nullptr;
  const auto found = bucket->find(name);
  return found == bucket->end() ? nullptr : found->second.get();
}

const Topic* MetadataImage::topic(TopicId id) const {
  const auto& bucket = by_id_[bucket_of(id)];
  if (!bucket) return nullptr;
  const auto found = bucket->find(id);
  return found == bucket->end() ? nullptr : found->second.get();
}

const Partition* MetadataImage::partition(const TopicPartitionId& id) const {
  const auto* found = topic(id.topic_id);
  const auto index = id.partition.value();
  if (found == nullptr || index < 0) return nullptr;
  const auto position = static_cast<std::size_t>(index);
  return position < found->partitions.size() ? &found->partitions[position] : nullptr;
}

std::vector<const Topic*> MetadataImage::topics() const {
  std::vector<const Topic*> all;
  all.reserve(topic_count_);
  for (const auto& bucket : by_name_) {
    if (!bucket) continue;
    for (const auto& [name, topic] : *bucket) all.push_back(topic.get());
  }
  std::sort(all.begin(), all.end(),
            [](const Topic* a, const Topic* b) { return a->name < b->name; });
  return all;
}

const Topic* MetadataImage::colliding_topic(std::string_view name) const {
  const auto& bucket = by_name_[bucket_of(name)];
  if (!bucket) return nullptr;
  for (const auto& [other, topic] : *bucket) {
    if (same_metric_name(other, name)) return topic.get();
  }
  return nullptr;
}

std::string MetadataImage::describe() const {
  auto text = fmt::format("metadata end {} hash {:016x} cluster {} next producer id {}\n",
                          end_offset_.value(), state_hash(), cluster_id_.to_string(),
                          next_producer_id_.value());
  for (const auto& [name, value] : cluster_configs_)
    text += fmt::format("config {}={}\n", name, value);
  for (const auto& [name, level] : features_) text += fmt::format("feature {} {}\n", name, level);
  for (const auto& [id, broker] : brokers_) {
    text += fmt::format("broker {} epoch {} incarnation {}{}{}", id.value(), broker.epoch.value(),
                        broker.incarnation.to_string(), broker.rack.empty() ? "" : " rack ",
                        broker.rack);
    for (const auto& e : broker.endpoints) {
      text += fmt::format(" {}://{}:{}", e.listener, e.host, e.port);
    }
    if (broker.peer) text += fmt::format(" peer {}:{}", broker.peer->host, broker.peer->port);
    text += broker.fenced ? " fenced\n" : "\n";
  }
  for (const auto* topic : topics()) text += describe_topic(*topic);
  return text;
}

}  // namespace millrace::controller
