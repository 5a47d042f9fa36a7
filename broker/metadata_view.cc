#include "broker/metadata_view.h"

#include <algorithm>

namespace millrace::broker {

MetadataView::MetadataView(NodeId self, const Settings& settings)
    : self_(self), node_settings_(settings), effective_(settings) {}

void MetadataView::take(controller::ImagePtr image) {
  if (!image_ || image_->cluster_configs() != image->cluster_configs()) {
    effective_ = node_settings_;
    for (const auto& [name, value] : image->cluster_configs()) {
      const auto set = effective_.set(name, value, SettingSource::kDynamicCluster);
      CHECK_MSG(set, "the controller accepted a setting that does not pass: " + name);
    }
  }
  traits_.clear();
  image_ = std::move(image);
}

void MetadataView::take_offline(const OfflineChanged& changed) {
  offline_[changed.from] = changed.offline;
}

const TopicTraits& MetadataView::traits(const controller::Topic& topic) {
  const auto found = traits_.find(topic.id);
  if (found != traits_.end()) return found->second;
  return traits_.emplace(topic.id, resolve_traits(effective_, topic.configs)).first->second;
}

std::vector<HostedPartition> MetadataView::hosted_by(ShardIndex shard, std::size_t shard_count) {
  std::vector<HostedPartition> hosted;
  for (const controller::Topic* topic : image_->topics()) {
    for (std::size_t index = 0; index < topic->partitions.size(); ++index) {
      const controller::Partition& state = topic->partitions[index];
      const TopicPartitionId id{topic->id, PartitionIndex(static_cast<std::int32_t>(index))};
      const auto& replicas = state.replicas;
      if (std::find(replicas.begin(), replicas.end(), self_) == replicas.end()) continue;
      if (shard_of(id, shard_count) != shard) continue;
      const TopicTraits& topic_traits = traits(*topic);
      HostedPartition& one = hosted.emplace_back();
      one.id = id;
      one.topic = topic->name;
      one.role = {state.leader,   state.leader_epoch, state.partition_epoch,
                  state.replicas, state.isr,          topic_traits.min_insync_replicas};
      one.config = topic_traits.log;
      one.config.segment_jitter_ms = draw_jitter_ms(id, one.config.segment_jitter_ms);
    }
  }
  return hosted;
}

const controller::Endpoint* MetadataView::endpoint(NodeId node, std::string_view listener) const {
  const controller::Broker* const broker = image_->broker(node);
  if (broker == nullptr || broker->fenced) return nullptr;
  const auto& endpoints = broker->endpoints;
  const auto found = std::find_if(endpoints.begin(), endpoints.end(),
                                  [&](const auto& one) { return one.listener == listener; });
  return found == endpoints.end() ? nullptr : &*found;
}

std::vector<NodeId> MetadataView::offline_replicas(const TopicPartitionId& id,
                                                   const controller::Partition& state) const {
  std::vector<NodeId> offline;
  for (const NodeId node : state.replicas) {
    const controller::Broker* const broker = image_->broker(node);
    const bool is_down = broker == nullptr || broker->fenced;
    if (is_down || (node == self_ && is_offline_here(id))) offline.push_back(node);
  }
  return offline;
}

bool MetadataView::is_offline_here(const TopicPartitionId& id) const {
  return std::any_of(offline_.begin(), offline_.end(),
                     [&](const auto& shard) { return shard.second.contains(id); });
}

}  // namespace millrace::broker
