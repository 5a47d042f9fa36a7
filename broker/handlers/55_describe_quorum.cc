#include "broker/handlers/55_describe_quorum.h"

#include "broker/handlers/commanding.h"

namespace millrace::broker {

namespace {

using controller::QuorumDescription;
using controller::QuorumReplica;
using kafka::DescribeQuorumRequest;
using kafka::DescribeQuorumResponse;
using kafka::KafkaError;

constexpr std::string_view kMetadataTopic = "__cluster_metadata";
constexpr PartitionIndex kMetadataPartition{0};
/// The listener of an endpoint that came without a name.
constexpr std::string_view kControllerListener = "CONTROLLER";

bool is_about_the_quorum(const DescribeQuorumRequest& request) {
  return request.topics.size() == 1 && request.topics[0].topic_name == kMetadataTopic &&
         request.topics[0].partitions.size() == 1 &&
         request.topics[0].partitions[0].partition_index == kMetadataPartition;
}

DescribeQuorumResponse without_error() {
  DescribeQuorumResponse response;
  response.error_message.reset();
  return response;
}

DescribeQuorumResponse::PartitionData& add_partition(DescribeQuorumResponse& response) {
  auto& topic = response.topics.emplace_back();
  topic.topic_name = kMetadataTopic;
  auto& partition = topic.partitions.emplace_back();
  partition.partition_index = kMetadataPartition;
  partition.error_message.reset();
  return partition;
}

/// As Kafka: the request is not answered in part, every row has the error.
DescribeQuorumResponse unknown_partitions(const DescribeQuorumRequest& request) {
  DescribeQuorumResponse response = without_error();
  for (const auto& asked : request.topics) {
    auto& topic = response.topics.emplace_back();
    topic.topic_name = asked.topic_name;
    for (const auto& partition : asked.partitions) {
      auto& row = topic.partitions.emplace_back();
      row.partition_index = partition.partition_index;
      row.error_code = KafkaError::kUnknownTopicOrPartition;
      row.error_message = fmt::format("only partition 0 of {} has a quorum", kMetadataTopic);
    }
  }
  return response;
}

DescribeQuorumResponse failure(const Error& error) {
  DescribeQuorumResponse response = without_error();
  if (error.code == ErrorCode::kNotController) {
    auto& partition = add_partition(response);
    partition.error_code = KafkaError::kNotLeaderOrFollower;
    partition.error_message = error.message;
    partition.leader_id = kNoNode;
    partition.leader_epoch = kNoLeaderEpoch;
    partition.high_watermark = kNoOffset;
  } else {
    response.error_code = to_kafka(error.code);
    response.error_message = error.message;
  }
  return response;
}

DescribeQuorumResponse::ReplicaState state_of(const QuorumReplica& replica, std::int16_t version) {
  DescribeQuorumResponse::ReplicaState state;
  state.replica_id = replica.id;
  // Versions before 2 have no place for it.
  if (version >= 2) state.replica_directory_id = replica.directory;
  state.log_end_offset = replica.log_end;
  state.last_fetch_timestamp = replica.last_fetch;
  state.last_caught_up_timestamp = replica.last_caught_up;
  return state;
}

void add_nodes(const QuorumDescription& quorum, DescribeQuorumResponse& response) {
  for (const QuorumReplica& voter : quorum.voters) {
    auto& node = response.nodes.emplace_back();
    node.node_id = voter.id;
    for (const controller::Endpoint& endpoint : voter.endpoints) {
      auto& listener = node.listeners.emplace_back();
      listener.name = endpoint.listener.empty() ? kControllerListener : endpoint.listener;
      listener.host = endpoint.host;
      listener.port = endpoint.port;
    }
  }
}

DescribeQuorumResponse description(const QuorumDescription& quorum, std::int16_t version) {
  DescribeQuorumResponse response = without_error();
  auto& partition = add_partition(response);
  partition.leader_id = quorum.leader;
  partition.leader_epoch = LeaderEpoch(quorum.epoch);
  partition.high_watermark = quorum.high_watermark;
  for (const auto& voter : quorum.voters) {
    partition.current_voters.push_back(state_of(voter, version));
  }
  for (const auto& observer : quorum.observers) {
    partition.observers.push_back(state_of(observer, version));
  }
  if (version >= 2) add_nodes(quorum, response);
  return response;
}

class DescribingQuorum final : public Commanding {
 public:
  using Commanding::Commanding;

  void finish(Desk& desk, const controller::CommandResult& result) override {
    if (result.error) {
      desk.reply(call_, failure(*result.error));
    } else if (result.quorum) {
      desk.reply(call_, description(*result.quorum, call_.version));
    } else {
      // Another node's bug must not end this one.
      DescribeQuorumResponse response;
      response.error_code = KafkaError::kUnknownServerError;
      response.error_message = "the leader's answer does not describe the quorum";
      desk.reply(call_, response);
    }
  }
};

}  // namespace

void start_describe_quorum(Desk& desk, Call call, DescribeQuorumRequest request) {
  if (!desk.access(call).cluster(Operation::kDescribe)) {
    DescribeQuorumResponse response;
    response.error_code = KafkaError::kClusterAuthorizationFailed;
    response.error_message = "not allowed to describe the cluster";
    desk.reply(call, response);
    return;
  }
  if (!is_about_the_quorum(request)) {
    desk.reply(call, unknown_partitions(request));
    return;
  }
  submit_and_keep(desk, std::make_unique<DescribingQuorum>(call),
                  controller::QuorumCommand{controller::DescribeQuorum{}}, kCommandTimeoutMs);
}

}  // namespace millrace::broker
