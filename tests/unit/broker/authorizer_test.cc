#include "broker/authorizer.h"

#include <functional>

#include "broker/handlers/table.h"
#include "proto/kafka/messages/add_raft_voter.h"
#include "proto/kafka/messages/alter_configs.h"
#include "proto/kafka/messages/api_versions.h"
#include "proto/kafka/messages/create_partitions.h"
#include "proto/kafka/messages/create_topics.h"
#include "proto/kafka/messages/delete_records.h"
#include "proto/kafka/messages/delete_topics.h"
#include "proto/kafka/messages/describe_cluster.h"
#include "proto/kafka/messages/describe_configs.h"
#include "proto/kafka/messages/describe_log_dirs.h"
#include "proto/kafka/messages/describe_quorum.h"
#include "proto/kafka/messages/describe_topic_partitions.h"
#include "proto/kafka/messages/find_coordinator.h"
#include "proto/kafka/messages/incremental_alter_configs.h"
#include "proto/kafka/messages/init_producer_id.h"
#include "proto/kafka/messages/list_config_resources.h"
#include "proto/kafka/messages/metadata.h"
#include "proto/kafka/messages/offset_for_leader_epoch.h"
#include "proto/kafka/messages/remove_raft_voter.h"
#include "proto/kafka/messages/transfer_quorum_leadership.h"
#include "proto/kafka/messages/unregister_broker.h"
#include "proto/kafka/messages/update_features.h"
#include "tests/support/broker_harness/requests.h"
#include "tests/support/catch.h"

/// What every API of the table does for a client that may do nothing, or only some things. A new
/// API without a case here fails the first test.
namespace millrace::broker {
namespace {

using kafka::ApiKey;
using kafka::KafkaError;
using sim::BrokerHarness;

constexpr KafkaError kNoTopic = KafkaError::kTopicAuthorizationFailed;
constexpr KafkaError kNoGroup = KafkaError::kGroupAuthorizationFailed;
constexpr KafkaError kNoCluster = KafkaError::kClusterAuthorizationFailed;
constexpr KafkaError kNoTransactionalId = KafkaError::kTransactionalIdAuthorizationFailed;

/// Allows what the test says, and remembers who was asked about.
class Rules final : public Authorizer {
 public:
  using Rule = std::function<bool(Operation, ResourceType, std::string_view)>;

  bool allows(const RequestContext& who, Operation operation, ResourceType type,
              std::string_view name) const override {
    principal = who.principal;
    asked.insert({operation, type, std::string(name)});
    return rule(operation, type, name);
  }

  static bool all(Operation /*operation*/, ResourceType /*type*/, std::string_view /*name*/) {
    return true;
  }
  static bool none(Operation /*operation*/, ResourceType /*type*/, std::string_view /*name*/) {
    return false;
  }

  Rule rule = all;
  mutable std::string principal;
  mutable std::set<std::tuple<Operation, ResourceType, std::string>> asked;
};

/// A node with topic "t" that holds three records.
struct Node {
  Node() {
    sim::produce(broker, {.id = id}, {.records = 3});
    broker.context(broker.connection_of(0)).principal = "User:nobody";
    rules.rule = Rules::none;
    rules.asked.clear();
  }

  /// Asks in every version that is served.
  template <class Response, class Request>
  void ask_all(const Request& request, const std::function<void(const Response&)>& check) {
    ask_from<Response>(Request::kMinVersion, [&](std::int16_t) { return request; }, check);
  }
  template <class Response, class Make>
  void ask_from(std::int16_t first, const Make& make,
                const std::function<void(const Response&)>& check,
                std::int16_t last = Response::kMaxVersion) {
    for (std::int16_t version = first; version <= last; ++version) {
      CAPTURE(version);
      check(broker.ask<Response>(version, make(version)));
    }
  }

  Rules rules;
  BrokerHarness broker{{.settings = {{"auto.create.topics.enable", "true"}}, .authorizer = &rules}};
  TopicId id = broker.create_topic("t");
};

/// "t" is there and "nope" is not: the answers must not tell which.
const std::vector<std::string> kTopics{"t", "nope"};

void deny_produce(Node& node) {
  node.ask_from<kafka::ProduceResponse>(
      3,
      [&](std::int16_t version) {
        return sim::produce_request({.id = node.id}, version, sim::make_batch({}).bytes);
      },
      [](const auto& response) {
        const auto& answer = response.responses.at(0).partition_responses.at(0);
        REQUIRE(answer.error_code == kNoTopic);
        REQUIRE(answer.base_offset == kNoOffset);
      });
  const auto unknown = node.broker.ask<kafka::ProduceResponse>(
      12, sim::produce_request({.topic = "nope"}, 12, sim::make_batch({}).bytes));
  REQUIRE(unknown.responses.at(0).partition_responses.at(0).error_code == kNoTopic);
}

void deny_fetch(Node& node) {
  const auto check = [](const kafka::FetchResponse& response) {
    REQUIRE(response.error_code == KafkaError::kNone);
    const auto& answer = response.responses.at(0).partitions.at(0);
    REQUIRE(answer.error_code == kNoTopic);
    REQUIRE(answer.high_watermark == kNoOffset);
    REQUIRE(answer.last_stable_offset == kNoOffset);
    REQUIRE(answer.log_start_offset == kNoOffset);
    REQUIRE(answer.records->empty());
  };
  node.ask_from<kafka::FetchResponse>(
      4, [&](std::int16_t version) { return sim::fetch_request({{.id = node.id}}, version); },
      check);
  check(node.broker.ask<kafka::FetchResponse>(12, sim::fetch_request({{.topic = "nope"}}, 12)));
}

void deny_list_offsets(Node& node) {
  kafka::ListOffsetsRequest request;
  request.replica_id = kNoNode;
  for (const auto& name : kTopics) {
    request.topics.emplace_back().name = name;
    request.topics.back().partitions.emplace_back().timestamp = TimestampMs(-1);
  }
  node.ask_all<kafka::ListOffsetsResponse>(request, [](const auto& response) {
    for (const auto& topic : response.topics) {
      REQUIRE(topic.partitions.at(0).error_code == kNoTopic);
      REQUIRE(topic.partitions.at(0).offset == kNoOffset);
    }
  });
}

void deny_metadata(Node& node) {
  kafka::MetadataRequest named;
  for (const auto& name : kTopics) named.topics->emplace_back().name = name;
  node.ask_all<kafka::MetadataResponse>(named, [](const auto& response) {
    REQUIRE(response.brokers.size() == 1);
    REQUIRE(response.topics.size() == 2);
    for (const auto& topic : response.topics) {
      REQUIRE(topic.error_code == kNoTopic);
      REQUIRE(topic.topic_id.is_zero());
      REQUIRE(topic.partitions.empty());
    }
  });
  kafka::MetadataRequest all;
  all.topics.reset();
  all.include_cluster_authorized_operations = true;
  const auto filtered = node.broker.ask<kafka::MetadataResponse>(10, all);
  REQUIRE(filtered.topics.empty());
  REQUIRE(filtered.cluster_authorized_operations == 0);
  kafka::MetadataRequest by_id;
  by_id.topics->emplace_back().topic_id = node.id;
  by_id.topics->back().name.reset();
  const auto response = node.broker.ask<kafka::MetadataResponse>(13, by_id);
  REQUIRE(response.topics.at(0).error_code == kNoTopic);
  REQUIRE_FALSE(response.topics.at(0).name);
  REQUIRE(node.broker.ask<kafka::MetadataResponse>(0, kafka::MetadataRequest{}).topics.empty());
}

void deny_find_coordinator(Node& node) {
  for (const std::int8_t type : {0, 1, 2, 3}) {
    const KafkaError expected = type == 1 ? kNoTransactionalId : type == 3 ? kNoCluster : kNoGroup;
    node.ask_from<kafka::FindCoordinatorResponse>(
        type == 0 ? 0 : 1,
        [&](std::int16_t version) {
          kafka::FindCoordinatorRequest request;
          request.key_type = type;
          (version < 4 ? request.key : request.coordinator_keys.emplace_back()) = "mine";
          return request;
        },
        [&](const auto& response) {
          REQUIRE((response.coordinators.empty()
                       ? response.error_code
                       : response.coordinators[0].error_code) == expected);
        });
  }
}

void answer_api_versions(Node& node) {
  const auto response =
      node.broker.ask<kafka::ApiVersionsResponse>(3, kafka::ApiVersionsRequest{"test", "1", {}});
  REQUIRE(response.error_code == KafkaError::kNone);
  const auto told = std::count_if(api_table().begin(), api_table().end(),
                                  [](const auto& api) { return is_advertised(api, "test"); });
  REQUIRE(response.api_keys.size() == static_cast<std::size_t>(told));
}

void deny_create_topics(Node& node) {
  kafka::CreateTopicsRequest request;
  for (const auto& name : kTopics) {
    auto& topic = request.topics.emplace_back();
    topic.name = name;
    topic.num_partitions = 1;
    topic.replication_factor = 1;
  }
  node.ask_all<kafka::CreateTopicsResponse>(request, [](const auto& response) {
    REQUIRE(response.topics.size() == 2);
    for (const auto& topic : response.topics) REQUIRE(topic.error_code == kNoTopic);
  });
}

void deny_delete_topics(Node& node) {
  node.ask_from<kafka::DeleteTopicsResponse>(
      1,
      [](std::int16_t version) {
        kafka::DeleteTopicsRequest request;
        for (const auto& name : kTopics) {
          if (version < 6) {
            request.topic_names.push_back(name);
          } else {
            request.topics.emplace_back().name = name;
          }
        }
        return request;
      },
      [](const auto& response) {
        REQUIRE(response.responses.size() == 2);
        for (const auto& topic : response.responses) REQUIRE(topic.error_code == kNoTopic);
      });
  kafka::DeleteTopicsRequest by_id;
  by_id.topics.emplace_back().topic_id = node.id;
  const auto response = node.broker.ask<kafka::DeleteTopicsResponse>(6, by_id);
  REQUIRE(response.responses.at(0).error_code == kNoTopic);
  REQUIRE_FALSE(response.responses.at(0).name);
}

void deny_delete_records(Node& node) {
  kafka::DeleteRecordsRequest request;
  for (const auto& name : kTopics) {
    request.topics.emplace_back().name = name;
    request.topics.back().partitions.emplace_back().offset = Offset(2);
  }
  node.ask_all<kafka::DeleteRecordsResponse>(request, [](const auto& response) {
    for (const auto& topic : response.topics) {
      REQUIRE(topic.partitions.at(0).error_code == kNoTopic);
      REQUIRE(topic.partitions.at(0).low_watermark == kNoOffset);
    }
  });
}

void deny_init_producer_id(Node& node) {
  for (const bool is_transactional : {false, true}) {
    kafka::InitProducerIdRequest request;
    request.transactional_id.reset();
    if (is_transactional) request.transactional_id = "tx";
    node.ask_all<kafka::InitProducerIdResponse>(request, [&](const auto& response) {
      REQUIRE(response.error_code == (is_transactional ? kNoTransactionalId : kNoCluster));
      REQUIRE(response.producer_id == kNoProducerId);
    });
  }
}

void deny_offset_for_leader_epoch(Node& node) {
  kafka::OffsetForLeaderEpochRequest request;
  for (const auto& name : kTopics) {
    request.topics.emplace_back().topic = name;
    request.topics.back().partitions.emplace_back();
  }
  node.ask_all<kafka::OffsetForLeaderEpochResponse>(request, [](const auto& response) {
    for (const auto& topic : response.topics) {
      REQUIRE(topic.partitions.at(0).error_code == kNoTopic);
      REQUIRE(topic.partitions.at(0).end_offset == kNoOffset);
    }
  });
}

/// Topics, the node, the cluster, loggers, client metrics and a group.
const std::vector<std::pair<std::int8_t, std::string>> kResources{
    {2, "t"}, {2, "nope"}, {4, "1"}, {4, ""}, {8, "1"}, {16, "m"}, {32, "g"}};

KafkaError refusal_of(std::int8_t resource_type) {
  return resource_type == 2 ? kNoTopic : resource_type == 32 ? kNoGroup : kNoCluster;
}

void deny_describe_configs(Node& node) {
  kafka::DescribeConfigsRequest request;
  for (const auto& [type, name] : kResources) {
    auto& resource = request.resources.emplace_back();
    resource.resource_type = type;
    resource.resource_name = name;
    resource.configuration_keys.reset();
  }
  node.ask_all<kafka::DescribeConfigsResponse>(request, [](const auto& response) {
    REQUIRE(response.results.size() == kResources.size());
    for (const auto& result : response.results) {
      REQUIRE(result.error_code == refusal_of(result.resource_type));
      REQUIRE(result.configs.empty());
    }
  });
}

template <class Request, class Response>
void deny_altering(Node& node) {
  Request request;
  for (const auto& [type, name] : kResources) {
    auto& resource = request.resources.emplace_back();
    resource.resource_type = type;
    resource.resource_name = name;
    resource.configs.emplace_back().name = type == 2 ? "retention.ms" : "log.retention.ms";
    resource.configs.back().value = "1";
  }
  node.ask_all<Response>(request, [](const auto& response) {
    REQUIRE(response.responses.size() == kResources.size());
    for (const auto& answer : response.responses) {
      REQUIRE(answer.error_code == refusal_of(answer.resource_type));
    }
  });
}

void deny_describe_log_dirs(Node& node) {
  kafka::DescribeLogDirsRequest request;
  request.topics.reset();
  node.ask_from<kafka::DescribeLogDirsResponse>(
      1, [&](std::int16_t) { return request; },
      [](const auto& response) { REQUIRE(response.results.empty()); });
  // Before version 3 there is no place for the error.
  for (const std::int16_t version : {3, 4, 5}) {
    REQUIRE(node.broker.ask<kafka::DescribeLogDirsResponse>(version, request).error_code ==
            kNoCluster);
  }
}

void deny_create_partitions(Node& node) {
  kafka::CreatePartitionsRequest request;
  for (const auto& name : kTopics) {
    request.topics.emplace_back().name = name;
    request.topics.back().count = 5;
    request.topics.back().assignments.reset();
  }
  node.ask_all<kafka::CreatePartitionsResponse>(request, [](const auto& response) {
    REQUIRE(response.results.size() == 2);
    for (const auto& result : response.results) REQUIRE(result.error_code == kNoTopic);
  });
}

/// As in Kafka everyone sees the brokers, which Metadata tells too, but not what he may do.
void filter_describe_cluster(Node& node) {
  kafka::DescribeClusterRequest request;
  request.include_cluster_authorized_operations = true;
  node.ask_all<kafka::DescribeClusterResponse>(request, [](const auto& response) {
    REQUIRE(response.error_code == KafkaError::kNone);
    REQUIRE(response.brokers.size() == 1);
    REQUIRE(response.cluster_authorized_operations == 0);
  });
}

void deny_list_config_resources(Node& node) {
  node.ask_all<kafka::ListConfigResourcesResponse>(kafka::ListConfigResourcesRequest{},
                                                   [](const auto& response) {
                                                     REQUIRE(response.error_code == kNoCluster);
                                                     REQUIRE(response.config_resources.empty());
                                                   });
}

void deny_describe_topic_partitions(Node& node) {
  kafka::DescribeTopicPartitionsRequest request;
  const auto all = node.broker.ask<kafka::DescribeTopicPartitionsResponse>(0, request);
  REQUIRE(all.topics.empty());
  REQUIRE_FALSE(all.next_cursor);
  for (const auto& name : kTopics) request.topics.emplace_back().name = name;
  const auto named = node.broker.ask<kafka::DescribeTopicPartitionsResponse>(0, request);
  REQUIRE(named.topics.size() == 2);
  for (const auto& topic : named.topics) {
    REQUIRE(topic.error_code == kNoTopic);
    REQUIRE(topic.topic_id.is_zero());
    REQUIRE(topic.partitions.empty());
  }
}

void deny_describe_quorum(Node& node) {
  kafka::DescribeQuorumRequest request;
  request.topics.emplace_back().topic_name = "__cluster_metadata";
  request.topics.back().partitions.emplace_back();
  node.ask_all<kafka::DescribeQuorumResponse>(request, [](const auto& response) {
    REQUIRE(response.error_code == kNoCluster);
    REQUIRE(response.topics.empty());
    REQUIRE(response.nodes.empty());
  });
}

/// Of requests that change the cluster and are answered by one error code.
template <class Request, class Response>
void deny_altering_the_cluster(Node& node) {
  node.ask_all<Response>(Request(), [](const auto& response) {
    REQUIRE(response.error_code == kNoCluster);
    REQUIRE(response.error_message);
  });
}

const std::map<ApiKey, std::function<void(Node&)>> kCases{
    {ApiKey::kProduce, deny_produce},
    {ApiKey::kFetch, deny_fetch},
    {ApiKey::kListOffsets, deny_list_offsets},
    {ApiKey::kMetadata, deny_metadata},
    {ApiKey::kFindCoordinator, deny_find_coordinator},
    {ApiKey::kApiVersions, answer_api_versions},
    {ApiKey::kCreateTopics, deny_create_topics},
    {ApiKey::kDeleteTopics, deny_delete_topics},
    {ApiKey::kDeleteRecords, deny_delete_records},
    {ApiKey::kInitProducerId, deny_init_producer_id},
    {ApiKey::kOffsetForLeaderEpoch, deny_offset_for_leader_epoch},
    {ApiKey::kDescribeConfigs, deny_describe_configs},
    {ApiKey::kAlterConfigs, deny_altering<kafka::AlterConfigsRequest, kafka::AlterConfigsResponse>},
    {ApiKey::kDescribeLogDirs, deny_describe_log_dirs},
    {ApiKey::kCreatePartitions, deny_create_partitions},
    {ApiKey::kIncrementalAlterConfigs,
     deny_altering<kafka::IncrementalAlterConfigsRequest, kafka::IncrementalAlterConfigsResponse>},
    {ApiKey::kDescribeCluster, filter_describe_cluster},
    {ApiKey::kListConfigResources, deny_list_config_resources},
    {ApiKey::kDescribeTopicPartitions, deny_describe_topic_partitions},
    {ApiKey::kDescribeQuorum, deny_describe_quorum},
    {ApiKey::kUpdateFeatures,
     deny_altering_the_cluster<kafka::UpdateFeaturesRequest, kafka::UpdateFeaturesResponse>},
    {ApiKey::kUnregisterBroker,
     deny_altering_the_cluster<kafka::UnregisterBrokerRequest, kafka::UnregisterBrokerResponse>},
    {ApiKey::kAddRaftVoter,
     deny_altering_the_cluster<kafka::AddRaftVoterRequest, kafka::AddRaftVoterResponse>},
    {ApiKey::kRemoveRaftVoter,
     deny_altering_the_cluster<kafka::RemoveRaftVoterRequest, kafka::RemoveRaftVoterResponse>},
    {ApiKey::kTransferQuorumLeadership,
     deny_altering_the_cluster<kafka::TransferQuorumLeadershipRequest,
                               kafka::TransferQuorumLeadershipResponse>},
};

TEST_CASE("authorizer: who may do nothing gets nothing of any API, and changes nothing") {
  for (const ApiEntry& api : api_table()) {
    CAPTURE(std::string(api.info().name));
    const auto found = kCases.find(api.key);
    REQUIRE(found != kCases.end());
    Node node;
    const Offset metadata = node.broker.image().end_offset();
    found->second(node);
    REQUIRE(node.broker.image().end_offset() == metadata);
    REQUIRE(node.broker.commands_seen() == 0);
    const auto stats = node.broker.shard(0).partition_stats();
    REQUIRE(stats.size() == 1);
    REQUIRE(stats[0].log_start == Offset(0));
    REQUIRE(stats[0].log_end == Offset(3));
    // The authorizer was asked, for the client and nobody else.
    if (api.key == ApiKey::kApiVersions) {
      REQUIRE(node.rules.asked.empty());
    } else {
      REQUIRE_FALSE(node.rules.asked.empty());
      REQUIRE(node.rules.principal == "User:nobody");
    }
  }
}

using Asked = std::tuple<Operation, ResourceType, std::string>;

Asked about_topic(Operation operation) {
  return {operation, ResourceType::kTopic, "t"};
}
Asked about_cluster(Operation operation) {
  return {operation, ResourceType::kCluster, "kafka-cluster"};
}

/// Which right each request needs, as Kafka documents them.
TEST_CASE("authorizer: each API asks for the operation that it is") {
  using enum Operation;
  const std::map<ApiKey, Asked> needed{
      {ApiKey::kProduce, about_topic(kWrite)},
      {ApiKey::kFetch, about_topic(kRead)},
      {ApiKey::kListOffsets, about_topic(kDescribe)},
      {ApiKey::kMetadata, about_topic(kDescribe)},
      {ApiKey::kFindCoordinator, {kDescribe, ResourceType::kGroup, "mine"}},
      {ApiKey::kCreateTopics, about_topic(kCreate)},
      {ApiKey::kDeleteTopics, about_topic(kDelete)},
      {ApiKey::kDeleteRecords, about_topic(kDelete)},
      {ApiKey::kInitProducerId, about_cluster(kIdempotentWrite)},
      {ApiKey::kOffsetForLeaderEpoch, about_topic(kDescribe)},
      {ApiKey::kDescribeConfigs, about_topic(kDescribeConfigs)},
      {ApiKey::kAlterConfigs, about_topic(kAlterConfigs)},
      {ApiKey::kDescribeLogDirs, about_cluster(kDescribe)},
      {ApiKey::kCreatePartitions, about_topic(kAlter)},
      {ApiKey::kIncrementalAlterConfigs, about_topic(kAlterConfigs)},
      {ApiKey::kDescribeCluster, about_cluster(kDescribe)},
      {ApiKey::kListConfigResources, about_cluster(kDescribeConfigs)},
      {ApiKey::kDescribeTopicPartitions, about_topic(kDescribe)},
      {ApiKey::kDescribeQuorum, about_cluster(kDescribe)},
      {ApiKey::kUpdateFeatures, about_cluster(kAlter)},
      {ApiKey::kUnregisterBroker, about_cluster(kAlter)},
      {ApiKey::kAddRaftVoter, about_cluster(kAlter)},
      {ApiKey::kRemoveRaftVoter, about_cluster(kAlter)},
      {ApiKey::kTransferQuorumLeadership, about_cluster(kAlter)},
  };
  for (const ApiEntry& api : api_table()) {
    if (api.key == ApiKey::kApiVersions) continue;
    CAPTURE(std::string(api.info().name));
    REQUIRE(needed.contains(api.key));
    Node node;
    kCases.at(api.key)(node);
    REQUIRE(node.rules.asked.contains(needed.at(api.key)));
  }
}

TEST_CASE("authorizer: reading is not writing, and one topic is not another") {
  Node node;
  node.broker.create_topic("u");
  node.rules.rule = [](Operation operation, ResourceType, std::string_view name) {
    return operation == Operation::kRead && name == "u";
  };
  REQUIRE(sim::fetch(node.broker, {.topic = "u"}, 12).error_code == KafkaError::kNone);
  REQUIRE(sim::fetch(node.broker, {.topic = "t"}, 12).error_code == kNoTopic);
  REQUIRE(sim::produce(node.broker, {.topic = "u"}, {}, 12).error_code == kNoTopic);
  REQUIRE(sim::list_offset(node.broker, "u", -1).error_code == kNoTopic);
}

TEST_CASE("authorizer: creating needs the right for the topic, or for the cluster") {
  const bool by_cluster = GENERATE(true, false);
  Node node;
  node.rules.rule = [&](Operation operation, ResourceType type, std::string_view) {
    return operation == Operation::kCreate &&
           type == (by_cluster ? ResourceType::kCluster : ResourceType::kTopic);
  };
  kafka::CreateTopicsRequest request;
  request.topics.emplace_back().name = "new";
  request.topics.back().num_partitions = 2;
  request.topics.back().replication_factor = 1;
  const auto result = node.broker.ask<kafka::CreateTopicsResponse>(7, request).topics.at(0);
  REQUIRE(result.error_code == KafkaError::kNone);
  REQUIRE(result.topic_id == node.broker.topic("new").id);
  // What it looks like is another right.
  REQUIRE(result.topic_config_error_code == kNoTopic);
  REQUIRE(result.num_partitions == -1);
  REQUIRE(result.configs.value_or(std::vector<kafka::CreateTopicsResponse::CreatableTopicConfigs>())
              .empty());
}

TEST_CASE("authorizer: who may look but not create does not create by looking") {
  Node node;
  node.rules.rule = [](Operation operation, ResourceType, std::string_view) {
    return operation == Operation::kDescribe;
  };
  kafka::MetadataRequest request;
  for (const char* const name : {"t", "new"}) request.topics->emplace_back().name = name;
  const auto response = node.broker.ask<kafka::MetadataResponse>(13, request);
  REQUIRE(response.topics.at(0).error_code == KafkaError::kNone);
  REQUIRE(response.topics.at(1).error_code == kNoTopic);
  REQUIRE(node.broker.commands_seen() == 0);
}

TEST_CASE("authorizer: lists hold what the client may see, and only that") {
  Node node;
  node.broker.create_topic("seen");
  node.rules.rule = [](Operation, ResourceType type, std::string_view name) {
    return type == ResourceType::kTopic && name == "seen";
  };
  kafka::MetadataRequest all;
  all.topics.reset();
  const auto metadata = node.broker.ask<kafka::MetadataResponse>(13, all);
  REQUIRE(metadata.topics.size() == 1);
  REQUIRE(metadata.topics[0].name == "seen");
  const auto described = node.broker.ask<kafka::DescribeTopicPartitionsResponse>(
      0, kafka::DescribeTopicPartitionsRequest{});
  REQUIRE(described.topics.size() == 1);
  REQUIRE(described.topics[0].name == "seen");
}

TEST_CASE("authorizer: a topic to delete by id is named to those who may see it") {
  Node node;
  node.rules.rule = [](Operation operation, ResourceType, std::string_view) {
    return operation == Operation::kDescribe;
  };
  kafka::DeleteTopicsRequest request;
  request.topics.emplace_back().topic_id = node.id;
  const auto seen = node.broker.ask<kafka::DeleteTopicsResponse>(6, request).responses.at(0);
  REQUIRE(seen.error_code == kNoTopic);
  REQUIRE(seen.name == "t");
}

TEST_CASE("authorizer: who may write to any topic may be idempotent (KIP-679)") {
  Node node;
  node.rules.rule = [](Operation operation, ResourceType type, std::string_view name) {
    return operation == Operation::kWrite && type == ResourceType::kTopic && name == "t";
  };
  kafka::InitProducerIdRequest request;
  request.transactional_id.reset();
  REQUIRE(node.broker.ask<kafka::InitProducerIdResponse>(5, request).error_code ==
          KafkaError::kNone);
  request.transactional_id = "tx";
  REQUIRE(node.broker.ask<kafka::InitProducerIdResponse>(5, request).error_code ==
          kNoTransactionalId);
}

}  // namespace
}  // namespace millrace::broker
