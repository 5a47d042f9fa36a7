#pragma once

#include <string_view>

#include "base/random.h"
#include "controller/liveness/liveness.h"
#include "controller/metadata/apply.h"
#include "controller/metadata/command.h"

/// One function for each command: what it would change, and its answer. None changes the metadata;
/// what the controller keeps in no log, chance and who was heard of, moves on.
namespace millrace::controller {

struct Plan {
  MetadataTransaction records;
  CommandResult result;
};

struct Context {
  const MetadataImage& image;
  const Settings& settings;  // effective
  Random& random;
  Liveness& liveness;
  MonotonicTime now;
};

Plan plan(const Context& context, const CreateTopics& command);
Plan plan(const Context& context, const DeleteTopics& command);
Plan plan(const Context& context, const CreatePartitions& command);
Plan plan(const Context& context, const AlterConfigs& command);
Plan plan(const Context& context, const FormCluster& command);
Plan plan(const Context& context, const RegisterBroker& command);
Plan plan(const Context& context, const UnfenceBroker& command);
Plan plan(const Context& context, const AllocateProducerIds& command);
Plan plan(const Context& context, const BrokerHeartbeat& command);
Plan plan(const Context& context, const ReportBrokerDeath& command);
Plan plan(const Context& context, const UnregisterBroker& command);
Plan plan(const Context& context, const UpdateFeatures& command);

/// What time alone brings about: brokers whose session is over are fenced, leaderships of leaving
/// ones move. One transaction; empty when nothing is due.
MetadataTransaction plan_tick(const Context& context);

/// Kafka's rules: 1 to 249 of a-z A-Z 0-9 . _ -, not "." or "..". Errors: kInvalidTopic.
Status check_topic_name(std::string_view name);

/// Errors: kInvalidConfig when the overrides do not go with each other or the replicas.
Status check_topic_configs(const Settings& settings, const SettingMap& configs,
                           std::size_t replicas);

}  // namespace millrace::controller
