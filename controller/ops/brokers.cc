#include <fmt/format.h>

#include <algorithm>

#include "controller/metadata/codec.h"
#include "controller/ops/fencing.h"
#include "controller/ops/ops.h"
#include "controller/ops/refusal.h"
#include "controller/planted.h"

namespace millrace::controller {
namespace {

/// A record that could not be read back would stop every node.
Status check_form(const BrokerRecord& broker) {
  if (broker.id.value() >= 0 && broker.versions.min >= 1 &&
      broker.versions.min <= broker.versions.max) {
    return {};
  }
  return fail(ErrorCode::kInvalidRequest,
              fmt::format("node {} with versions {} to {} cannot be registered", broker.id.value(),
                          broker.versions.min, broker.versions.max));
}

Status check_cluster(const MetadataImage& image, const RegisterBroker& command) {
  if (command.cluster_id != image.cluster_id()) {
    return fail(ErrorCode::kInvalidRequest,
                fmt::format("node {} is of cluster {}, this is cluster {}; point it at its own "
                            "cluster, or format an empty directory for this one",
                            command.broker.id.value(), command.cluster_id.to_string(),
                            image.cluster_id().to_string()));
  }
  const auto& versions = command.broker.versions;
  if (versions.contains(image.version_level())) return {};
  return fail(ErrorCode::kUnsupportedVersion,
              fmt::format("node {} supports {} {} to {}, the cluster is at {}; start another "
                          "release of the program",
                          command.broker.id.value(), kVersionFeature, versions.min, versions.max,
                          image.version_level()));
}

Status check_directory(const MetadataImage& image, const BrokerRecord& broker) {
  for (const auto& [id, other] : image.brokers()) {
    if (id == broker.id || other.directory.is_zero() || other.directory != broker.directory) {
      continue;
    }
    return fail(ErrorCode::kAlreadyExists,
                fmt::format("the data directory {} of node {} belongs to node {}; format an empty "
                            "one",
                            broker.directory.to_string(), broker.id.value(), id.value()));
  }
  return {};
}

/// A process on the same directory is the next incarnation: the directory's lock has ended the last
/// one.
Status check_not_running(const Context& context, NodeId id, const DirectoryId& directory) {
  const auto* broker = context.image.broker(id);
  if (broker == nullptr || broker->fenced || broker->directory == directory ||
      !context.liveness.is_running(id, context.now)) {
    return {};
  }
  return fail(ErrorCode::kAlreadyExists,
              fmt::format("node {} is already running as {}; stop it, or give this one another "
                          "node.id",
                          id.value(), broker->incarnation.to_string()));
}

Status check_registration(const Context& context, const RegisterBroker& command) {
  RETURN_IF_ERROR(check_form(command.broker));
  RETURN_IF_ERROR(check_cluster(context.image, command));
  RETURN_IF_ERROR(check_directory(context.image, command.broker));
  return check_not_running(context, command.broker.id, command.broker.directory);
}

std::size_t replicas_of(const MetadataImage& image, NodeId id) {
  std::size_t count = 0;
  for (const auto* topic : image.topics()) {
    for (const auto& partition : topic->partitions) {
      const auto& replicas = partition.replicas;
      count += std::find(replicas.begin(), replicas.end(), id) != replicas.end() ? 1 : 0;
    }
  }
  return count;
}

}  // namespace

Plan plan(const Context& context, const FormCluster& command) {
  if (!context.image.cluster_id().is_zero()) {
    return refuse(ErrorCode::kAlreadyExists, fmt::format("the cluster has the id {} already",
                                                         context.image.cluster_id().to_string()));
  }
  return {{ClusterRecord{command.cluster_id},
           FeatureRecord{std::string(kVersionFeature), std::int16_t{kMetadataVersion}}},
          {}};
}

/// Ends all that the broker led under its old incarnation, in the same transaction: otherwise a
/// quick restart would write two histories in one epoch. Asked again by the same incarnation, whose
/// answer was lost, it changes nothing.
Plan plan(const Context& context, const RegisterBroker& command) {
  const auto* known = context.image.broker(command.broker.id);
  const bool again =
      known != nullptr &&
      (planted(Bug::kIncarnationIgnored) || known->incarnation == command.broker.incarnation) &&
      command.cluster_id == context.image.cluster_id();
  Plan plan;
  if (again) {
    plan.result.broker_epoch = known->epoch;
    context.liveness.hear(command.broker.id, context.now);
    return plan;
  }
  if (const auto checked = check_registration(context, command); !checked) {
    return refuse(checked.error().code, checked.error().message);
  }
  context.liveness.hear(command.broker.id, context.now);
  auto record = command.broker;
  record.since.reset();
  if (!planted(Bug::kRegistrationKeepsLeads))
    plan.records = restarted(context.image, record, {command.lost.begin(), command.lost.end()});
  plan.records.insert(plan.records.begin(), std::move(record));
  plan.result.broker_epoch = BrokerEpoch(context.image.end_offset().value());
  return plan;
}

Plan plan(const Context& context, const UnfenceBroker& command) {
  const auto* broker = context.image.broker(command.id);
  if (broker == nullptr || broker->incarnation != command.incarnation) {
    return not_this_incarnation(command.id);
  }
  context.liveness.hear(command.id, context.now);
  Plan plan;
  plan.result.broker_epoch = broker->epoch;
  if (broker->fenced) plan.records = unfence(context.image, command.id);
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

Plan plan(const Context& context, const UnregisterBroker& command) {
  const auto* broker = context.image.broker(command.id);
  if (broker == nullptr) return no_such_broker(command.id);
  if (!broker->fenced) {
    return refuse(ErrorCode::kInvalidRequest,
                  fmt::format("broker {} is running; stop it first", command.id.value()));
  }
  if (const auto count = replicas_of(context.image, command.id); count != 0) {
    return refuse(ErrorCode::kInvalidRequest,
                  fmt::format("broker {} holds replicas of {} partition{}; move them to other "
                              "brokers, or delete their topics, first",
                              command.id.value(), count, count == 1 ? "" : "s"));
  }
  context.liveness.forget(command.id);
  return {{RemoveBrokerRecord{command.id}}, {}};
}

}  // namespace millrace::controller
