#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/settings/settings.h"
#include "controller/metadata/chunked.h"
#include "controller/metadata/records.h"

namespace millrace::controller {

struct Topic {
  TopicId id;
  std::string name;
  Offset created_at;  // metadata offset: a partition directory older than this is another topic's
  SettingMap configs;
  Chunked<Partition> partitions;          // by index
  Chunked<Offset> partitions_created_at;  // metadata offset of each, see above

  friend bool operator==(const Topic&, const Topic&) = default;
};

struct Broker {
  NodeId id;
  std::string rack;
  std::vector<Endpoint> endpoints;
  BrokerEpoch epoch = kNoBrokerEpoch;
  IncarnationId incarnation;
  bool fenced = true;
  DirectoryId directory;
  std::optional<Endpoint> peer;  // its controller listener, for other nodes
  VersionRange versions;

  friend bool operator==(const Broker&, const Broker&) = default;
};

/// The feature that gates records, frames between nodes and file formats.
inline constexpr std::string_view kVersionFeature = "millrace.version";

class MetadataImage;
using ImagePtr = std::shared_ptr<const MetadataImage>;

/// What the cluster is, as of one offset of the metadata log. Immutable and shared between threads;
/// images share the buckets of topics that did not change, and the chunks of partitions. Only
/// apply_records() makes new ones. Nothing survives a crash: it is made again from the metadata
/// log.
///
/// Invariants: names and ids of topics are unique; what is pointed to lives as long as the image;
/// state_hash() is computed_state_hash().
class MetadataImage {
 public:
  static ImagePtr empty();

  /// Everything below is contained; the next record applied has this offset.
  [[nodiscard]] Offset end_offset() const { return end_offset_; }
  [[nodiscard]] const Uuid& cluster_id() const { return cluster_id_; }
  [[nodiscard]] ProducerId next_producer_id() const { return next_producer_id_; }
  [[nodiscard]] const SettingMap& cluster_configs() const { return cluster_configs_; }
  [[nodiscard]] const std::map<NodeId, Broker>& brokers() const { return brokers_; }
  [[nodiscard]] const Broker* broker(NodeId id) const;
  /// Finalised levels by feature.
  [[nodiscard]] const std::map<std::string, std::int16_t, std::less<>>& features() const {
    return features_;
  }
  /// The finalised level of millrace.version; 1 where the log says nothing of it.
  [[nodiscard]] std::int16_t version_level() const;

  /// nullptr when there is none.
  [[nodiscard]] const Topic* topic(std::string_view name) const;
  [[nodiscard]] const Topic* topic(TopicId id) const;
  [[nodiscard]] const Partition* partition(const TopicPartitionId& id) const;
  /// All topics, sorted by name.
  [[nodiscard]] std::vector<const Topic*> topics() const;
  [[nodiscard]] std::size_t topic_count() const { return topic_count_; }
  [[nodiscard]] std::size_t partition_count() const { return partition_count_; }
  /// A topic whose metric name is the same ('.' and '_' are), or nullptr.
  [[nodiscard]] const Topic* colliding_topic(std::string_view name) const;

  /// Two images are the same if this is: nodes compare it, and runs of one seed. Costs nothing:
  /// every change keeps it. docs/formats/metadata.md.
  [[nodiscard]] std::uint64_t state_hash() const;

  [[nodiscard]] std::string describe() const;

 private:
  friend class ImageBuilder;

  static constexpr std::size_t kBuckets = 256;
  using ByName = std::map<std::string, std::shared_ptr<const Topic>, std::less<>>;
  using ById = std::map<TopicId, std::shared_ptr<const Topic>>;
  static std::size_t bucket_of(std::string_view name);
  static std::size_t bucket_of(const TopicId& id);

  Offset end_offset_{0};
  Uuid cluster_id_;
  ProducerId next_producer_id_{0};
  SettingMap cluster_configs_;
  std::map<NodeId, Broker> brokers_;
  std::map<std::string, std::int16_t, std::less<>> features_;
  std::uint64_t items_hash_ = 0;                                 // of all items, without the end
  std::array<std::shared_ptr<const ByName>, kBuckets> by_name_;  // by metric name; null: empty
  std::array<std::shared_ptr<const ById>, kBuckets> by_id_;
  std::size_t topic_count_ = 0;
  std::size_t partition_count_ = 0;
};

}  // namespace millrace::controller
