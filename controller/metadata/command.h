#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "base/settings/settings.h"
#include "controller/metadata/records.h"

/// What can be asked of the controller, and what it answers: plain values that may travel.
namespace millrace::controller {

struct NewTopic {
  std::string name;
  std::int32_t partitions = -1;          // -1: num.partitions
  std::int16_t replication_factor = -1;  // -1: default.replication.factor
  /// Instead of both: the replicas of each partition. The key is the partition.
  std::vector<std::pair<PartitionIndex, std::vector<NodeId>>> assignments;
  std::vector<std::pair<std::string, std::optional<std::string>>> configs;
};
struct CreateTopics {
  std::vector<NewTopic> topics;
  bool validate_only = false;
};

/// By name, or by id where the name is empty.
struct TopicRef {
  std::string name;
  TopicId id;
};
struct DeleteTopics {
  std::vector<TopicRef> topics;
};

struct MorePartitions {
  std::string topic;
  std::int32_t count = 0;  // afterwards
  /// Replicas of each new partition; empty: the controller chooses.
  std::vector<std::vector<NodeId>> assignments;
};
struct CreatePartitions {
  std::vector<MorePartitions> topics;
  bool validate_only = false;
};

/// The numbers are those of IncrementalAlterConfigs.
enum class ConfigOperation : std::int8_t { kSet = 0, kDelete = 1, kAppend = 2, kSubtract = 3 };
struct ConfigChange {
  std::string name;
  ConfigOperation operation = ConfigOperation::kSet;
  std::optional<std::string> value;
};
enum class ConfigResource { kTopic, kBroker };
struct AlterConfig {
  ConfigResource resource = ConfigResource::kTopic;
  std::string name;  // of a broker: its number, or empty for the whole cluster
  std::vector<ConfigChange> changes;
};
struct AlterConfigs {
  std::vector<AlterConfig> resources;
  /// AlterConfigs of old: what is not named goes back to its default.
  bool replace_all = false;
  bool validate_only = false;
};

/// Gives a new cluster its id; refused when it has one.
struct FormCluster {
  Uuid cluster_id;
};
/// A new incarnation. The broker leads nothing until it is unfenced.
struct RegisterBroker {
  Uuid cluster_id;
  BrokerRecord broker;
};
/// The broker has recovered its partitions and serves.
struct UnfenceBroker {
  NodeId id;
  IncarnationId incarnation;
};
struct AllocateProducerIds {
  NodeId broker;
  BrokerEpoch epoch;
};
/// Ids given to a broker at a time.
inline constexpr std::int64_t kProducerIdBlock = 1000;

struct Command {
  std::variant<CreateTopics, DeleteTopics, CreatePartitions, AlterConfigs, FormCluster,
               RegisterBroker, UnfenceBroker, AllocateProducerIds>
      body;
};

/// About one item of a command: a topic or a resource.
struct ItemResult {
  std::string name;
  std::optional<Error> error;
  // Of a created or deleted topic:
  TopicId id;
  std::int32_t partitions = -1;
  std::int16_t replication_factor = -1;
  SettingMap configs;  // overrides of a created topic
};

struct CommandResult {
  std::optional<Error> error;                    // of the whole command
  std::vector<ItemResult> items;                 // in the order of the command
  BrokerEpoch broker_epoch = kNoBrokerEpoch;     // of RegisterBroker
  ProducerId first_producer_id = kNoProducerId;  // of AllocateProducerIds
  std::int64_t producer_ids = 0;
  /// Contains all that the command did: wait for this image before reading your own write.
  Offset metadata_end = kNoOffset;
};

}  // namespace millrace::controller
