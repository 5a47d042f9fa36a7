#include "cli/commands/quorum_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "proto/kafka/messages/describe_quorum.h"

namespace millrace::cli {
namespace {

using kafka::DescribeQuorumRequest;
using kafka::DescribeQuorumResponse;
using kafka::KafkaError;
using Partition = DescribeQuorumResponse::PartitionData;
using State = DescribeQuorumResponse::ReplicaState;

constexpr const char* kMetadataTopic = "__cluster_metadata";
constexpr std::int16_t kTimesVersion = 1;

TimestampMs wall_now() {
  return TimestampMs(std::chrono::duration_cast<std::chrono::milliseconds>(
                         std::chrono::system_clock::now().time_since_epoch())
                         .count());
}

// A leader that loses its vote leads on, as an observer, until that is committed.
const State* leader_of(const Partition& partition) {
  for (const auto* const all : {&partition.current_voters, &partition.observers}) {
    for (const auto& state : *all) {
      if (state.replica_id == partition.leader_id) return &state;
    }
  }
  return nullptr;
}

// The leader's clock, by which the other times were taken: it has caught up with itself just now.
TimestampMs now_of(const State* leader) {
  const bool tells = leader != nullptr && leader->last_caught_up_timestamp > TimestampMs(0);
  return tells ? leader->last_caught_up_timestamp : wall_now();
}

std::optional<std::int64_t> ago(TimestampMs then, TimestampMs now) {
  if (then < TimestampMs(0)) return std::nullopt;
  return std::max<std::int64_t>(now - then, 0);
}

QuorumReplica replica_of(const State& state, std::string_view role, const State* leader) {
  QuorumReplica replica;
  replica.node = state.replica_id;
  replica.role = role;
  if (!state.replica_directory_id.is_zero()) {
    replica.directory_id = state.replica_directory_id.to_string();
  }
  if (state.log_end_offset >= Offset(0)) {
    replica.log_end_offset = state.log_end_offset.value();
    if (leader != nullptr) {
      replica.lag = std::max<std::int64_t>(leader->log_end_offset - state.log_end_offset, 0);
    }
  }
  const auto now = now_of(leader);
  // A leader asks nobody; some report the current time.
  if (&state != leader) replica.last_fetch_ms_ago = ago(state.last_fetch_timestamp, now);
  replica.last_caught_up_ms_ago = ago(state.last_caught_up_timestamp, now);
  return replica;
}

void sort_replicas(std::vector<QuorumReplica>& replicas) {
  std::sort(replicas.begin(), replicas.end(), [](const auto& a, const auto& b) {
    return std::tie(a.node, a.directory_id) < std::tie(b.node, b.directory_id);
  });
}

QuorumView view_of(const DescribeQuorumResponse& response, const Partition& partition) {
  QuorumView view;
  view.leader = partition.leader_id;
  view.epoch = partition.leader_epoch.value();
  view.high_watermark = partition.high_watermark.value();
  const State* const leader = leader_of(partition);
  for (const auto& voter : partition.current_voters) {
    view.voters.push_back(replica_of(voter, &voter == leader ? "leader" : "voter", leader));
  }
  for (const auto& observer : partition.observers) {
    view.observers.push_back(
        replica_of(observer, &observer == leader ? "leader" : "observer", leader));
  }
  sort_replicas(view.voters);
  sort_replicas(view.observers);
  for (const auto& node : response.nodes) {
    if (node.listeners.empty()) continue;
    view.addresses[node.node_id] = {node.listeners[0].host, node.listeners[0].port};
  }
  return view;
}

Problem refusal(KafkaError error, const std::string& said) {
  if (error == KafkaError::kNotLeaderOrFollower) {
    return {ExitCode::kFailed, std::string(kNoQuorumLeader), "",
            "the metadata quorum has no leader at the moment",
            "try again; if it stays so, most of the voters are down"};
  }
  return refused_by_node(error, said, kMetadataTopic, "cannot describe the metadata quorum");
}

DescribeQuorumRequest request() {
  DescribeQuorumRequest request;
  request.topics.emplace_back().topic_name = kMetadataTopic;
  request.topics.back().partitions.emplace_back().partition_index = PartitionIndex(0);
  return request;
}

}  // namespace

std::vector<QuorumReplica> QuorumView::of_node(NodeId node) const {
  std::vector<QuorumReplica> found;
  for (const auto* const all : {&voters, &observers}) {
    for (const auto& replica : *all) {
      if (replica.node == node) found.push_back(replica);
    }
  }
  return found;
}

Answer<QuorumView> describe_quorum(Client& client) {
  std::int16_t version = 0;
  const auto response = client.ask<DescribeQuorumResponse>([&](std::int16_t agreed) {
    version = agreed;
    return request();
  });
  if (!response) return problem(response.error());
  if (response->error_code != KafkaError::kNone) {
    return problem(refusal(response->error_code, response->error_message.value_or("")));
  }
  if (response->topics.size() != 1 || response->topics[0].partitions.size() != 1) {
    return problem({ExitCode::kFailed, "MALFORMED_RESPONSE", kMetadataTopic,
                    "the cluster's answer does not describe the metadata quorum",
                    "this is a bug of that node: please report it"});
  }
  const auto& partition = response->topics[0].partitions[0];
  if (partition.error_code != KafkaError::kNone) {
    return problem(refusal(partition.error_code, partition.error_message.value_or("")));
  }
  auto view = view_of(*response, partition);
  view.tells_times = version >= kTimesVersion;
  return view;
}

Json json_of(const std::optional<std::int64_t>& number) {
  return number ? Json(*number) : Json();
}

Json replica_json(const QuorumReplica& replica) {
  return {{"node_id", replica.node.value()},
          {"directory_id", replica.directory_id ? Json(*replica.directory_id) : Json()},
          {"role", replica.role},
          {"log_end_offset", json_of(replica.log_end_offset)},
          {"lag", json_of(replica.lag)},
          {"last_fetch_ms_ago", json_of(replica.last_fetch_ms_ago)},
          {"last_caught_up_ms_ago", json_of(replica.last_caught_up_ms_ago)}};
}

std::vector<Field> replica_fields() {
  return {
      {"node_id", FieldType::kInteger, "node that has the copy"},
      {"directory_id", FieldType::kString, "its directory; null from old clusters", true},
      {"role", FieldType::kString, "leader, voter or observer"},
      {"log_end_offset", FieldType::kInteger, "end of its log; null when not known", true},
      {"lag", FieldType::kInteger, "records behind the leader; null when not known", true},
      {"last_fetch_ms_ago", FieldType::kInteger,
       "since the leader last heard of it, in ms; null for the leader and when never", true},
      {"last_caught_up_ms_ago", FieldType::kInteger,
       "since it last had all that the leader had, in ms; null when never", true},
  };
}

}  // namespace millrace::cli
