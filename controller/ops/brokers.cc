#include <fmt/format.h>

#include <algorithm>

#include "controller/ops/ops.h"

namespace millrace::controller {
namespace {

Plan refuse(ErrorCode code, std::string message) {
  Plan plan;
  plan.result.error = Error{code, std::move(message)};
  return plan;
}

PartitionRecord led_by(const Topic& topic, std::size_t index, NodeId leader) {
  auto state = topic.partitions[index];
  state.leader = leader;
  state.leader_epoch = LeaderEpoch(state.leader_epoch.value() + 1);
  state.partition_epoch = PartitionEpoch(state.partition_epoch.value() + 1);
  return {{topic.id, PartitionIndex(static_cast<std::int32_t>(index))}, std::move(state)};
}

}  // namespace

Plan plan(const Context& context, const FormCluster& command) {
  if (!context.image.cluster_id().is_zero()) {
    return refuse(ErrorCode::kAlreadyExists, fmt::format("the cluster has the id {} already",
                                                         context.image.cluster_id().to_string()));
  }
  return {{ClusterRecord{command.cluster_id}}, {}};
}

/// Ends all that the broker led under its old incarnation, in the same transaction: otherwise a
/// quick restart would write two histories in one epoch.
Plan plan(const Context& context, const RegisterBroker& command) {
  if (command.cluster_id != context.image.cluster_id()) {
    return refuse(
        ErrorCode::kInvalidRequest,
        fmt::format("the broker is of cluster {}, this is cluster {}",
                    command.cluster_id.to_string(), context.image.cluster_id().to_string()));
  }
  Plan plan;
  plan.records.push_back(command.broker);
  for (const auto* topic : context.image.topics()) {
    for (std::size_t i = 0; i < topic->partitions.size(); ++i) {
      if (topic->partitions[i].leader == command.broker.id) {
        plan.records.push_back(led_by(*topic, i, kNoNode));
      }
    }
  }
  plan.result.broker_epoch = BrokerEpoch(context.image.end_offset().value());
  return plan;
}

Plan plan(const Context& context, const UnfenceBroker& command) {
  const auto* broker = context.image.broker(command.id);
  if (broker == nullptr || broker->incarnation != command.incarnation) {
    return refuse(ErrorCode::kInvalidRequest,
                  fmt::format("broker {} is registered by another process, or not at all",
                              command.id.value()));
  }
  Plan plan;
  plan.result.broker_epoch = broker->epoch;
  if (!broker->fenced) return plan;
  plan.records.push_back(BrokerFenceRecord{command.id, false});
  for (const auto* topic : context.image.topics()) {
    for (std::size_t i = 0; i < topic->partitions.size(); ++i) {
      const auto& state = topic->partitions[i];
      const bool in_sync = std::count(state.isr.begin(), state.isr.end(), command.id) != 0;
      if (state.leader == kNoNode && in_sync) {
        plan.records.push_back(led_by(*topic, i, command.id));
      }
    }
  }
  return plan;
}

Plan plan(const Context& context, const AllocateProducerIds& command) {
  const auto* broker = context.image.broker(command.broker);
  if (broker == nullptr || broker->epoch != command.epoch) {
    return refuse(ErrorCode::kInvalidRequest,
                  fmt::format("broker {} has registered anew since", command.broker.value()));
  }
  const auto first = context.image.next_producer_id();
  if (first.value() > INT64_MAX - kProducerIdBlock) {
    return refuse(ErrorCode::kLimitReached, "all producer ids are used up");
  }
  Plan plan;
  plan.records.push_back(ProducerIdsRecord{ProducerId(first.value() + kProducerIdBlock)});
  plan.result.first_producer_id = first;
  plan.result.producer_ids = kProducerIdBlock;
  return plan;
}

Plan plan(const Context&, const BrokerHeartbeat&) {
  return refuse(ErrorCode::kUnsupported, "brokers do not tell that they live yet");
}

Plan plan(const Context&, const ReportBrokerDeath&) {
  return refuse(ErrorCode::kUnsupported, "brokers are not fenced yet");
}

Plan plan(const Context&, const UnregisterBroker&) {
  return refuse(ErrorCode::kUnsupported, "brokers cannot be unregistered yet");
}

Plan plan(const Context&, const UpdateFeatures&) {
  return refuse(ErrorCode::kUnsupported, "there are no features to update yet");
}

}  // namespace millrace::controller
