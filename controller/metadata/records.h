#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/ids.h"
#include "controller/metadata/small_list.h"

/// What the metadata log says: facts, decided already. Formats: docs/formats/metadata.md.
///
/// `since` is the metadata offset at which it happened. In the log that is the offset of the entry
/// and it is not set; a snapshot sets it, because there the entry is gone.
namespace millrace::controller {

struct Endpoint {
  std::string listener;  // name in the listener map
  std::string host;
  std::uint16_t port = 0;

  friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

/// Levels of millrace.version, both included: what a program can take part in.
struct VersionRange {
  std::int16_t min = 1;
  std::int16_t max = 1;

  [[nodiscard]] bool contains(std::int16_t level) const { return min <= level && level <= max; }
  friend bool operator==(const VersionRange&, const VersionRange&) = default;
};

/// The state of one partition that all agree on. As many replicas as people use need no memory
/// beside it.
struct Partition {
  SmallList<NodeId, 4> replicas;  // the first is preferred
  /// In sync: each holds every record that was acknowledged.
  SmallList<NodeId, 4> isr;
  NodeId leader = kNoNode;
  LeaderEpoch leader_epoch{0};
  PartitionEpoch partition_epoch{0};
  SmallList<DirectoryId, 3> directories;  // one for each replica

  friend bool operator==(const Partition&, const Partition&) = default;
};

struct ClusterRecord {
  Uuid cluster_id;
  friend bool operator==(const ClusterRecord&, const ClusterRecord&) = default;
};
struct TopicRecord {
  TopicId id;
  std::string name;
  std::optional<Offset> since = std::nullopt;
  friend bool operator==(const TopicRecord&, const TopicRecord&) = default;
};
/// The state of a partition, new or changed.
struct PartitionRecord {
  TopicPartitionId id;
  Partition state;
  std::optional<Offset> since = std::nullopt;  // of a new one
  friend bool operator==(const PartitionRecord&, const PartitionRecord&) = default;
};
struct RemoveTopicRecord {
  TopicId id;
  friend bool operator==(const RemoveTopicRecord&, const RemoveTopicRecord&) = default;
};
/// One setting of a topic, or of the cluster where `topic` is not set; no value takes it back.
struct ConfigRecord {
  std::optional<TopicId> topic;
  std::string name;
  std::optional<std::string> value;
  friend bool operator==(const ConfigRecord&, const ConfigRecord&) = default;
};
/// A broker's new incarnation, fenced until it says that it is ready. Its epoch is the offset.
struct BrokerRecord {
  NodeId id;
  std::string rack;
  std::vector<Endpoint> endpoints;
  IncarnationId incarnation;
  DirectoryId directory;
  std::optional<Offset> since = std::nullopt;
  std::optional<Endpoint> peer = std::nullopt;  // its controller listener, for other nodes
  VersionRange versions = {};
  friend bool operator==(const BrokerRecord&, const BrokerRecord&) = default;
};
struct BrokerFenceRecord {
  NodeId id;
  bool fenced = false;
  friend bool operator==(const BrokerFenceRecord&, const BrokerFenceRecord&) = default;
};
/// Producer ids below `next` are given away.
struct ProducerIdsRecord {
  ProducerId next;
  friend bool operator==(const ProducerIdsRecord&, const ProducerIdsRecord&) = default;
};

/// A level that the whole cluster keeps to from here on.
struct FeatureRecord {
  std::string name;
  std::int16_t level = 0;
  friend bool operator==(const FeatureRecord&, const FeatureRecord&) = default;
};
/// The broker is forgotten.
struct RemoveBrokerRecord {
  NodeId id;
  friend bool operator==(const RemoveBrokerRecord&, const RemoveBrokerRecord&) = default;
};

using MetadataRecord = std::variant<ClusterRecord, TopicRecord, PartitionRecord, RemoveTopicRecord,
                                    ConfigRecord, BrokerRecord, BrokerFenceRecord,
                                    ProducerIdsRecord, FeatureRecord, RemoveBrokerRecord>;

/// One entry of the metadata log: all of it happens, or none.
using MetadataTransaction = std::vector<MetadataRecord>;

}  // namespace millrace::controller
