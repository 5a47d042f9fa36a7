#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "controller/metadata/command.h"
#include "controller/metadata/image.h"

namespace millrace::controller {

/// The slow obvious twin of the controller: plain maps that are changed in place, one command after
/// the other, with default settings and one replica a partition. Knows codes, not messages.
class Twin {
 public:
  using Configs = std::map<std::string, std::string>;
  struct TwinTopic {
    TopicId id;
    Configs configs;
    std::vector<std::int32_t> leader_epochs;  // by partition
    std::vector<NodeId> replicas;
    std::vector<bool> led;
  };
  struct TwinBroker {
    IncarnationId incarnation;
    bool fenced = true;
  };

  /// What each item's error should be; `given` supplies the ids and placements that the controller
  /// chose, for they are free.
  std::vector<std::optional<ErrorCode>> run(const Command& command, const CommandResult& given,
                                            const MetadataImage& after);
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
  /// Commands that the twin does not know.
  template <class Other>
  Codes apply(const Other&, const CommandResult& given, const MetadataImage&) {
    if (given.error) command_error = given.error->code;
    return {};
  }

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
};

}  // namespace millrace::controller
