#include "tests/unit/cli/support/fake_answers.h"

#include <algorithm>

#include "base/check.h"
#include "proto/kafka/messages/all.h"

namespace millrace::cli::test {
namespace {

using kafka::ApiKey;
using kafka::KafkaError;

// One overload per API that the command uses.
struct Answers {
  FakeCluster& cluster;
  int port;
  std::int16_t version = 0;  // of the request

  [[nodiscard]] const kafka::MetadataResponse::MetadataResponseTopic* topic(
      const std::string& name) const {
    for (const auto& each : cluster.topics) {
      if (each.name == name) return &each;
    }
    return nullptr;
  }

  [[nodiscard]] KafkaError change_error(const std::string& name, bool must_exist) const {
    if (cluster.not_controller_once.erase(name) > 0) return KafkaError::kNotController;
    if (const auto found = cluster.refused.find(name); found != cluster.refused.end()) {
      return found->second;
    }
    const bool exists = topic(name) != nullptr;
    if (exists == must_exist) return KafkaError::kNone;
    return must_exist ? KafkaError::kUnknownTopicOrPartition : KafkaError::kTopicAlreadyExists;
  }

  [[nodiscard]] kafka::MetadataResponse operator()(const kafka::MetadataRequest& request) const {
    kafka::MetadataResponse response;
    response.cluster_id = cluster.cluster_id;
    response.controller_id = cluster.controller;
    response.brokers = cluster.brokers;
    for (auto& broker : response.brokers) {
      if (broker.port == 0) broker.port = port;
    }
    if (!request.topics) {
      response.topics = cluster.topics;
      return response;
    }
    for (const auto& asked : *request.topics) {
      const auto* found = topic(asked.name.value_or(""));
      if (found != nullptr) {
        response.topics.push_back(*found);
      } else {
        auto& missing = response.topics.emplace_back();
        missing.name = asked.name;
        missing.error_code = KafkaError::kUnknownTopicOrPartition;
      }
    }
    return response;
  }

  [[nodiscard]] kafka::CreateTopicsResponse operator()(
      const kafka::CreateTopicsRequest& request) const {
    kafka::CreateTopicsResponse response;
    const auto alive = static_cast<std::int16_t>(cluster.brokers.size());
    for (const auto& asked : request.topics) {
      auto& result = response.topics.emplace_back();
      result.name = asked.name;
      result.error_code = change_error(asked.name, false);
      if (asked.replication_factor > alive) {
        result.error_code = KafkaError::kInvalidReplicationFactor;
      }
      if (result.error_code != KafkaError::kNone) continue;
      result.num_partitions = std::max(asked.num_partitions, 1);
      result.replication_factor = std::max<std::int16_t>(asked.replication_factor, 1);
      if (request.validate_only) continue;
      add_topic(cluster, asked.name, result.num_partitions, {1});
      result.topic_id = cluster.topics.back().topic_id;
      if (!cluster.create_without_leaders) continue;
      for (auto& partition : cluster.topics.back().partitions) partition.leader_id = kNoNode;
    }
    return response;
  }

  [[nodiscard]] kafka::DeleteTopicsResponse operator()(
      const kafka::DeleteTopicsRequest& request) const {
    kafka::DeleteTopicsResponse response;
    auto names = request.topic_names;
    for (const auto& asked : request.topics) names.push_back(asked.name.value_or(""));
    for (const auto& name : names) {
      auto& result = response.responses.emplace_back();
      result.name = name;
      result.error_code = change_error(name, true);
      if (const auto* found = topic(name)) result.topic_id = found->topic_id;
    }
    return response;
  }

  [[nodiscard]] kafka::CreatePartitionsResponse operator()(
      const kafka::CreatePartitionsRequest& request) const {
    kafka::CreatePartitionsResponse response;
    for (const auto& asked : request.topics) {
      auto& result = response.results.emplace_back();
      result.name = asked.name;
      result.error_code = change_error(asked.name, true);
      const auto* found = topic(asked.name);
      if (found != nullptr && asked.count <= static_cast<int>(found->partitions.size())) {
        result.error_code = KafkaError::kInvalidPartitions;
        result.error_message = "There are as many already.";
      }
    }
    return response;
  }

  [[nodiscard]] kafka::IncrementalAlterConfigsResponse operator()(
      const kafka::IncrementalAlterConfigsRequest& request) const {
    kafka::IncrementalAlterConfigsResponse response;
    for (const auto& asked : request.resources) {
      auto& result = response.responses.emplace_back();
      result.resource_type = asked.resource_type;
      result.resource_name = asked.resource_name;
      result.error_code = change_error(asked.resource_name, true);
      for (const auto& config : asked.configs) {
        if (config.name != "retenton.ms") continue;
        result.error_code = KafkaError::kInvalidConfig;
        result.error_message = "Unknown topic config name: " + config.name;
      }
    }
    return response;
  }

  [[nodiscard]] kafka::DescribeConfigsResponse operator()(
      const kafka::DescribeConfigsRequest& request) const {
    kafka::DescribeConfigsResponse response;
    for (const auto& asked : request.resources) {
      auto& result = response.results.emplace_back();
      result.resource_type = asked.resource_type;
      result.resource_name = asked.resource_name;
      auto& standard = result.configs.emplace_back();
      standard.name = "min.insync.replicas";
      standard.value = "2";
      standard.config_source = 5;
      const auto found = cluster.configs.find(asked.resource_name);
      if (found == cluster.configs.end()) continue;
      for (const auto& [key, value] : found->second) {
        auto& config = result.configs.emplace_back();
        config.name = key;
        config.value = value;
        config.config_source = 1;
      }
    }
    return response;
  }

  [[nodiscard]] kafka::DescribeClusterResponse operator()(
      const kafka::DescribeClusterRequest& request) const {
    if (cluster.recovers_after >= 0 && cluster.recovers_after-- == 0) cluster.fenced.clear();
    kafka::DescribeClusterResponse response;
    response.cluster_id = cluster.cluster_id;
    response.controller_id = cluster.controller;
    for (const auto& broker : cluster.brokers) {
      const bool is_fenced = cluster.fenced.contains(broker.node_id);
      if (is_fenced && !request.include_fenced_brokers) continue;
      auto& row = response.brokers.emplace_back();
      row.broker_id = broker.node_id;
      row.host = broker.host;
      row.port = broker.port == 0 ? port : broker.port;
      row.rack = broker.rack;
      row.is_fenced = is_fenced;
    }
    return response;
  }

  [[nodiscard]] kafka::DescribeQuorumResponse operator()(
      const kafka::DescribeQuorumRequest& request) const {
    kafka::DescribeQuorumResponse response;
    auto& topic = response.topics.emplace_back();
    topic.topic_name = request.topics.at(0).topic_name;
    if (cluster.quorum.leader_id == kNoNode) {
      topic.partitions.emplace_back().error_code = KafkaError::kNotLeaderOrFollower;
      return response;
    }
    auto& partition = topic.partitions.emplace_back(cluster.quorum);
    if (version >= 2) return response;
    for (auto& voter : partition.current_voters) voter.replica_directory_id = DirectoryId();
    for (auto& observer : partition.observers) observer.replica_directory_id = DirectoryId();
    return response;
  }

  [[nodiscard]] bool votes(NodeId node) const {
    const auto& voters = cluster.quorum.current_voters;
    return std::any_of(voters.begin(), voters.end(),
                       [&](const auto& voter) { return voter.replica_id == node; });
  }

  [[nodiscard]] kafka::AddRaftVoterResponse operator()(
      const kafka::AddRaftVoterRequest& request) const {
    kafka::AddRaftVoterResponse response;
    if (!votes(request.voter_id)) return response;
    response.error_code = KafkaError::kDuplicateVoter;
    response.error_message = "The node votes already.";
    return response;
  }

  [[nodiscard]] kafka::RemoveRaftVoterResponse operator()(
      const kafka::RemoveRaftVoterRequest& request) const {
    kafka::RemoveRaftVoterResponse response;
    if (votes(request.voter_id)) return response;
    response.error_code = KafkaError::kVoterNotFound;
    response.error_message = "The node does not vote.";
    return response;
  }

  [[nodiscard]] kafka::TransferQuorumLeadershipResponse operator()(
      const kafka::TransferQuorumLeadershipRequest& request) const {
    kafka::TransferQuorumLeadershipResponse response;
    if (!votes(request.to_id)) {
      response.error_code = KafkaError::kInvalidRequest;
      response.error_message = "The node does not vote.";
    } else if (!cluster.keeps_leader) {
      cluster.quorum.leader_id = request.to_id;
    }
    return response;
  }
};

template <class Request>
std::optional<BytesChain> reply(const Answers& answers, const kafka::RequestStart& start,
                                kafka::Reader& reader, std::string& seen) {
  const auto version = start.header.request_api_version;
  const auto request = Request::decode(reader, version);
  CHECK_MSG(request.has_value(), seen);
  seen += " " + request->describe();
  const auto id = start.header.correlation_id + (answers.cluster.wrong_correlation ? 1 : 0);
  auto frame = kafka::encode_response(id, version, answers(*request));
  CHECK_MSG(frame.has_value(), frame.error().message);
  return std::move(*frame);
}

BytesChain versions_reply(const FakeCluster& cluster, const kafka::RequestStart& start) {
  kafka::ApiVersionsResponse response;
  for (const auto& api : kafka::all_apis()) {
    const auto limit = cluster.max_version.find(api.key);
    const auto max = limit == cluster.max_version.end() ? api.max : limit->second;
    if (max < 0) continue;
    response.api_keys.push_back({static_cast<std::int16_t>(api.key), api.advertised_min, max, {}});
  }
  auto version = start.header.request_api_version;
  const auto own = cluster.max_version.find(ApiKey::kApiVersions);
  if (own != cluster.max_version.end() && version > own->second) {
    response.error_code = KafkaError::kUnsupportedVersion;
    version = 0;
  }
  auto frame = kafka::encode_response(start.header.correlation_id, version, response);
  CHECK_MSG(frame.has_value(), frame.error().message);
  return std::move(*frame);
}

}  // namespace

std::optional<BytesChain> fake_answer(FakeCluster& cluster, int port,
                                      const kafka::RequestStart& start, kafka::Reader& reader,
                                      std::string& seen) {
  const Answers answers{cluster, port, start.header.request_api_version};
  switch (start.api->key) {
    case ApiKey::kApiVersions:
      return versions_reply(cluster, start);
    case ApiKey::kMetadata:
      return reply<kafka::MetadataRequest>(answers, start, reader, seen);
    case ApiKey::kCreateTopics:
      return reply<kafka::CreateTopicsRequest>(answers, start, reader, seen);
    case ApiKey::kDeleteTopics:
      return reply<kafka::DeleteTopicsRequest>(answers, start, reader, seen);
    case ApiKey::kCreatePartitions:
      return reply<kafka::CreatePartitionsRequest>(answers, start, reader, seen);
    case ApiKey::kIncrementalAlterConfigs:
      return reply<kafka::IncrementalAlterConfigsRequest>(answers, start, reader, seen);
    case ApiKey::kDescribeConfigs:
      return reply<kafka::DescribeConfigsRequest>(answers, start, reader, seen);
    case ApiKey::kDescribeCluster:
      return reply<kafka::DescribeClusterRequest>(answers, start, reader, seen);
    case ApiKey::kDescribeQuorum:
      return reply<kafka::DescribeQuorumRequest>(answers, start, reader, seen);
    case ApiKey::kAddRaftVoter:
      return reply<kafka::AddRaftVoterRequest>(answers, start, reader, seen);
    case ApiKey::kRemoveRaftVoter:
      return reply<kafka::RemoveRaftVoterRequest>(answers, start, reader, seen);
    case ApiKey::kTransferQuorumLeadership:
      return reply<kafka::TransferQuorumLeadershipRequest>(answers, start, reader, seen);
    default:
      return std::nullopt;
  }
}

}  // namespace millrace::cli::test
