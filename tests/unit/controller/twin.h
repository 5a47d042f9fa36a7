#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "controller/metadata/command.h"
#include "controller/metadata/image.h"

namespace millrace::controller {

/// The slow obvious twin of the controller: plain maps that are changed in place, one command after
/// the other, with default settings and one replica a partition. Knows codes, not messages.
class Twin {
 public:
  using Configs = std::map<std::string, std::string>;
  struct TwinPartition {
    NodeId replica;
    DirectoryId directory;
    bool in_sync = true;
    bool led = false;
    std::int32_t leader_epoch = 0;
  };
  struct TwinTopic {
    TopicId id;
    Configs configs;
    std::vector<TwinPartition> partitions;
  };
  struct TwinBroker {
    IncarnationId incarnation;
    BrokerEpoch epoch;
    DirectoryId directory;
    bool fenced = true;
    MonotonicTime heard;
  };

  /// What each item's error should be; `given` supplies the ids and placements that the controller
  /// chose, for they are free.
  std::vector<std::optional<ErrorCode>> run(const Command& command, const CommandResult& given,
                                            const MetadataImage& after, MonotonicTime now);
  /// Whether something is due.
  bool tick(MonotonicTime now);
  /// Of the whole command.
  std::optional<ErrorCode> command_error;

  /// The image's state and the twin's are the same.
  void check(const MetadataImage& image) const;

 private:
  using Codes = std::vector<std::optional<ErrorCode>>;

  Codes apply(const CreateTopics& command, const CommandResult& given, const MetadataImage& after);
  Codes apply(const DeleteTopics& command, const CommandResult&, const MetadataImage&);
  Codes apply(const CreatePartitions& command, const CommandResult&, const MetadataImage& after);
  Codes apply(const AlterConfigs& command, const CommandResult&, const MetadataImage&);
  Codes apply(const FormCluster& command, const CommandResult&, const MetadataImage&);
  Codes apply(const RegisterBroker& command, const CommandResult&, const MetadataImage&);
  Codes apply(const UnfenceBroker& command, const CommandResult&, const MetadataImage&);
  Codes apply(const AllocateProducerIds& command, const CommandResult&, const MetadataImage&);
  Codes apply(const BrokerHeartbeat& command, const CommandResult& given, const MetadataImage&);
  Codes apply(const ReportBrokerDeath& command, const CommandResult& given, const MetadataImage&);
  Codes apply(const UnregisterBroker& command, const CommandResult&, const MetadataImage&);
  Codes apply(const UpdateFeatures& command, const CommandResult&, const MetadataImage&);

  [[nodiscard]] std::optional<ErrorCode> may_register(const RegisterBroker& command) const;
  void fence(NodeId id);

  [[nodiscard]] std::optional<ErrorCode> may_create(const NewTopic& topic) const;
  [[nodiscard]] std::optional<ErrorCode> may_grow(const MorePartitions& more) const;
  std::optional<ErrorCode> alter(const AlterConfig& resource, bool replace_all, bool dry);
  [[nodiscard]] bool any_serving() const;
  [[nodiscard]] int in_sync_needed(const Configs& configs) const;
  void add_partitions(TwinTopic& topic, std::size_t upto, const std::string& name,
                      const MetadataImage& after) const;

  std::optional<Uuid> cluster_;
  std::map<std::string, TwinTopic> topics_;
  std::map<NodeId, TwinBroker> brokers_;
  Configs cluster_configs_;
  std::int64_t next_producer_id_ = 0;
  MonotonicTime now_;
  std::optional<std::pair<NodeId, MonotonicTime>> fast_fence_;
};

}  // namespace millrace::controller
