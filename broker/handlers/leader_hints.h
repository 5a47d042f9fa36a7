#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "broker/handlers/call.h"
#include "broker/metadata_view.h"
#include "proto/kafka/errors/kafka_error.h"

/// KIP-951: an answer that says "not the leader" says who is, and where, so that the client need
/// not ask for metadata first.
namespace millrace::broker {

inline bool deserves_leader_hint(kafka::KafkaError error) {
  return error == kafka::KafkaError::kNotLeaderOrFollower ||
         error == kafka::KafkaError::kFencedLeaderEpoch;
}

/// From which versions on an API carries the hints.
struct HintVersions {
  std::int16_t leader;
  std::int16_t endpoints;
};
inline constexpr HintVersions kProduceHints{10, 10};
inline constexpr HintVersions kFetchHints{12, 16};

/// Fills a partition's current_leader, and adds the leader's endpoint to `endpoints` once. Produce
/// and Fetch have the same fields in types of their own.
template <class PartitionAnswer, class NodeEndpoint>
void add_leader_hint(const MetadataView& metadata, const Call& call, HintVersions versions,
                     const TopicPartitionId& id, PartitionAnswer& answer,
                     std::vector<NodeEndpoint>& endpoints) {
  if (!deserves_leader_hint(answer.error_code) || call.version < versions.leader) return;
  const controller::Partition* const state = metadata.image().partition(id);
  if (state == nullptr) return;
  answer.current_leader.leader_id = state->leader;
  answer.current_leader.leader_epoch = state->leader_epoch;
  const controller::Endpoint* const at = metadata.endpoint(state->leader, call.context.listener);
  const bool is_listed = std::any_of(endpoints.begin(), endpoints.end(),
                                     [&](const auto& one) { return one.node_id == state->leader; });
  if (at == nullptr || is_listed || call.version < versions.endpoints) return;
  NodeEndpoint& endpoint = endpoints.emplace_back();
  endpoint.node_id = state->leader;
  endpoint.host = at->host;
  endpoint.port = at->port;
  const std::string& rack = metadata.image().broker(state->leader)->rack;
  if (!rack.empty()) endpoint.rack = rack;
}

}  // namespace millrace::broker
