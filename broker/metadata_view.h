#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/settings/settings.h"
#include "broker/messages.h"
#include "broker/partition/partition_host.h"
#include "broker/topic_traits.h"
#include "controller/metadata/image.h"

namespace millrace::broker {

/// One metadata image as a shard uses it: settings of the cluster laid over those of the node,
/// topics with resolved traits, endpoints by listener, and which of this node's partitions cannot
/// be served. Owned by the Shard; a new image is taken over as a whole.
class MetadataView {
 public:
  /// `settings` outlives the view.
  MetadataView(NodeId self, const Settings& settings);

  void take(controller::ImagePtr image);
  void take_offline(const OfflineChanged& changed);

  /// False until the first image came.
  [[nodiscard]] bool is_there() const { return image_ != nullptr; }
  [[nodiscard]] const controller::MetadataImage& image() const { return *image_; }
  [[nodiscard]] const controller::ImagePtr& shared_image() const { return image_; }
  /// The node's settings with the cluster's dynamic ones.
  [[nodiscard]] const Settings& settings() const { return effective_; }
  /// Valid until the next take().
  const TopicTraits& traits(const controller::Topic& topic);

  /// Everything that `shard` of this node owns.
  std::vector<HostedPartition> hosted_by(ShardIndex shard, std::size_t shard_count);

  /// Nothing when the broker is unknown, fenced, or has no such listener.
  [[nodiscard]] const controller::Endpoint* endpoint(NodeId node, std::string_view listener) const;
  /// Replicas that cannot serve: fenced or unknown brokers, and this node where its disk cannot.
  [[nodiscard]] std::vector<NodeId> offline_replicas(const TopicPartitionId& id,
                                                     const controller::Partition& state) const;
  [[nodiscard]] bool is_offline_here(const TopicPartitionId& id) const;

 private:
  const NodeId self_;
  const Settings& node_settings_;
  Settings effective_;
  controller::ImagePtr image_;
  std::map<TopicId, TopicTraits> traits_;
  std::map<ShardIndex, std::set<TopicPartitionId>> offline_;  // by the shard that said so
};

}  // namespace millrace::broker
