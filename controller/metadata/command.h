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
  friend bool operator==(const NewTopic&, const NewTopic&) = default;
};
struct CreateTopics {
  std::vector<NewTopic> topics;
  bool validate_only = false;
  friend bool operator==(const CreateTopics&, const CreateTopics&) = default;
};

/// By name, or by id where the name is empty.
struct TopicRef {
  std::string name;
  TopicId id;
  friend bool operator==(const TopicRef&, const TopicRef&) = default;
};
struct DeleteTopics {
  std::vector<TopicRef> topics;
  friend bool operator==(const DeleteTopics&, const DeleteTopics&) = default;
};

struct MorePartitions {
  std::string topic;
  std::int32_t count = 0;  // afterwards
  /// Replicas of each new partition; empty: the controller chooses.
  std::vector<std::vector<NodeId>> assignments;
  friend bool operator==(const MorePartitions&, const MorePartitions&) = default;
};
struct CreatePartitions {
  std::vector<MorePartitions> topics;
  bool validate_only = false;
  friend bool operator==(const CreatePartitions&, const CreatePartitions&) = default;
};

/// The numbers are those of IncrementalAlterConfigs.
enum class ConfigOperation : std::int8_t { kSet = 0, kDelete = 1, kAppend = 2, kSubtract = 3 };
struct ConfigChange {
  std::string name;
  ConfigOperation operation = ConfigOperation::kSet;
  std::optional<std::string> value;
  friend bool operator==(const ConfigChange&, const ConfigChange&) = default;
};
enum class ConfigResource { kTopic, kBroker };
struct AlterConfig {
  ConfigResource resource = ConfigResource::kTopic;
  std::string name;  // of a broker: its number, or empty for the whole cluster
  std::vector<ConfigChange> changes;
  friend bool operator==(const AlterConfig&, const AlterConfig&) = default;
};
struct AlterConfigs {
  std::vector<AlterConfig> resources;
  /// AlterConfigs of old: what is not named goes back to its default.
  bool replace_all = false;
  bool validate_only = false;
  friend bool operator==(const AlterConfigs&, const AlterConfigs&) = default;
};

/// Gives a new cluster its id; refused when it has one.
struct FormCluster {
  Uuid cluster_id;
  friend bool operator==(const FormCluster&, const FormCluster&) = default;
};
/// A new incarnation. The broker leads nothing until it is unfenced.
struct RegisterBroker {
  Uuid cluster_id;
  BrokerRecord broker;
  /// Partitions that it held and whose directories are gone: it is in sync with none of them.
  std::vector<TopicPartitionId> lost = {};

  friend bool operator==(const RegisterBroker&, const RegisterBroker&) = default;
};
/// The broker has recovered its partitions and serves.
struct UnfenceBroker {
  NodeId id;
  IncarnationId incarnation;
  friend bool operator==(const UnfenceBroker&, const UnfenceBroker&) = default;
};
/// The broker is alive and has applied the metadata below `metadata_end`.
struct BrokerHeartbeat {
  NodeId id;
  BrokerEpoch epoch;
  Offset metadata_end;
  /// It would stop: its leaderships are moved away, then it may.
  bool wants_shutdown = false;
  friend bool operator==(const BrokerHeartbeat&, const BrokerHeartbeat&) = default;
};
/// The broker's process is gone for certain: its peers saw its connection end and every attempt to
/// reach it was refused. Changes nothing when another incarnation has registered since.
struct ReportBrokerDeath {
  NodeId id;
  IncarnationId incarnation;
  friend bool operator==(const ReportBrokerDeath&, const ReportBrokerDeath&) = default;
};
/// Forgets a broker for ever; refused while it lives or holds replicas.
struct UnregisterBroker {
  NodeId id;
  friend bool operator==(const UnregisterBroker&, const UnregisterBroker&) = default;
};
/// The numbers are those of UpdateFeatures (KIP-584).
enum class FeatureUpgrade : std::int8_t { kUpgrade = 1, kSafeDowngrade = 2, kUnsafeDowngrade = 3 };
struct FeatureChange {
  std::string name;
  std::int16_t level = 0;
  FeatureUpgrade kind = FeatureUpgrade::kUpgrade;
  friend bool operator==(const FeatureChange&, const FeatureChange&) = default;
};
struct UpdateFeatures {
  std::vector<FeatureChange> changes;
  bool validate_only = false;
  friend bool operator==(const UpdateFeatures&, const UpdateFeatures&) = default;
};
struct AllocateProducerIds {
  NodeId broker;
  BrokerEpoch epoch;
  friend bool operator==(const AllocateProducerIds&, const AllocateProducerIds&) = default;
};
/// Ids given to a broker at a time.
inline constexpr std::int64_t kProducerIdBlock = 1000;

struct Command {
  std::variant<CreateTopics, DeleteTopics, CreatePartitions, AlterConfigs, FormCluster,
               RegisterBroker, UnfenceBroker, AllocateProducerIds, BrokerHeartbeat,
               ReportBrokerDeath, UnregisterBroker, UpdateFeatures>
      body;
  friend bool operator==(const Command&, const Command&) = default;
};

/// Who leads the quorum, who votes, and how far everybody is.
struct DescribeQuorum {
  friend bool operator==(const DescribeQuorum&, const DescribeQuorum&) = default;
};
/// Gives an observer that has caught up a vote.
struct AddVoter {
  NodeId id;
  DirectoryId directory;
  bool when_committed = true;  // answer then, not when it is appended (KIP-1186)
  friend bool operator==(const AddVoter&, const AddVoter&) = default;
};
struct RemoveVoter {
  NodeId id;
  DirectoryId directory;
  friend bool operator==(const RemoveVoter&, const RemoveVoter&) = default;
};
/// Hands the lead to another voter.
struct TransferLeadership {
  NodeId to;
  friend bool operator==(const TransferLeadership&, const TransferLeadership&) = default;
};
/// Asked of the replica that leads the quorum; the controller has no part in it.
struct QuorumCommand {
  std::variant<DescribeQuorum, AddVoter, RemoveVoter, TransferLeadership> body;
  friend bool operator==(const QuorumCommand&, const QuorumCommand&) = default;
};

/// What one node may ask of the node that leads.
using Request = std::variant<Command, QuorumCommand>;

/// One copy of the metadata log as its leader knows it.
struct QuorumReplica {
  NodeId id;
  DirectoryId directory;
  Offset log_end;  // durable there
  /// Wall clock; kNoTimestamp when it was not heard of since the leader leads.
  TimestampMs last_fetch = kNoTimestamp;
  TimestampMs last_caught_up = kNoTimestamp;
  std::vector<Endpoint> endpoints;  // of its controller listener, as far as known

  friend bool operator==(const QuorumReplica&, const QuorumReplica&) = default;
};
struct QuorumDescription {
  NodeId leader = kNoNode;
  std::int32_t epoch = 0;
  Offset high_watermark;
  std::vector<QuorumReplica> voters;
  std::vector<QuorumReplica> observers;

  friend bool operator==(const QuorumDescription&, const QuorumDescription&) = default;
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
  friend bool operator==(const ItemResult&, const ItemResult&) = default;
};

struct CommandResult {
  std::optional<Error> error;                    // of the whole command
  std::vector<ItemResult> items;                 // in the order of the command
  BrokerEpoch broker_epoch = kNoBrokerEpoch;     // of RegisterBroker
  ProducerId first_producer_id = kNoProducerId;  // of AllocateProducerIds
  std::int64_t producer_ids = 0;
  bool is_fenced = false;                   // of BrokerHeartbeat
  bool may_shut_down = false;               // of BrokerHeartbeat
  std::optional<QuorumDescription> quorum;  // of DescribeQuorum
  /// Contains all that the command did: wait for this image before reading your own write.
  Offset metadata_end = kNoOffset;
  friend bool operator==(const CommandResult&, const CommandResult&) = default;
};

}  // namespace millrace::controller
