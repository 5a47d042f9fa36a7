#include "broker/handlers/commanding.h"

#include "proto/kafka/messages/create_partitions.h"
#include "proto/kafka/messages/create_topics.h"
#include "proto/kafka/messages/delete_topics.h"
#include "proto/kafka/messages/incremental_alter_configs.h"
#include "proto/kafka/messages/remove_raft_voter.h"
#include "tests/support/broker_harness/broker_harness.h"
#include "tests/support/catch.h"

/// Commands whose rows are partly refused at once, partly by the controller, partly carried out:
/// each row gets its own answer.
namespace millrace::broker {
namespace {

using kafka::KafkaError;
using sim::BrokerHarness;

using Codes = std::vector<KafkaError>;

/// Names that begin with "x" are nobody's business.
class NotX final : public Authorizer {
 public:
  bool allows(const RequestContext& /*who*/, Operation /*operation*/, ResourceType type,
              std::string_view name) const override {
    return type == ResourceType::kTopic && !name.starts_with('x');
  }
};

const std::vector<std::string> kNames{"x1", "good", "x2", "bad", "also-good", "x3"};
const NotX kNotX;

template <class Rows>
Codes codes_of(const Rows& rows) {
  Codes codes;
  for (const auto& row : rows) codes.push_back(row.error_code);
  return codes;
}

Codes expected(KafkaError of_bad) {
  constexpr KafkaError kRefused = KafkaError::kTopicAuthorizationFailed;
  return {kRefused, KafkaError::kNone, kRefused, of_bad, KafkaError::kNone, kRefused};
}

TEST_CASE("commanding: rows refused at once do not shift the others: creating topics") {
  BrokerHarness broker({.authorizer = &kNotX});
  kafka::CreateTopicsRequest request;
  for (const auto& name : kNames) {
    auto& topic = request.topics.emplace_back();
    topic.name = name;
    topic.num_partitions = name == "bad" ? 0 : 1;
    topic.replication_factor = 1;
  }
  const auto rows = broker.ask<kafka::CreateTopicsResponse>(7, request).topics;
  REQUIRE(codes_of(rows) == expected(KafkaError::kInvalidPartitions));
  for (std::size_t i = 0; i < rows.size(); ++i) REQUIRE(rows[i].name == kNames[i]);
  REQUIRE(rows[1].topic_id == broker.topic("good").id);
  REQUIRE(rows[4].topic_id == broker.topic("also-good").id);
  REQUIRE(broker.image().topics().size() == 2);
}

TEST_CASE("commanding: ... adding partitions") {
  BrokerHarness broker({.authorizer = &kNotX});
  for (const auto& name : kNames) broker.create_topic(name);
  kafka::CreatePartitionsRequest request;
  for (const auto& name : kNames) {
    auto& topic = request.topics.emplace_back();
    topic.name = name;
    topic.count = name == "bad" ? 1 : 2;
    topic.assignments.reset();
  }
  request.timeout_ms = 1'000;
  const auto rows = broker.ask<kafka::CreatePartitionsResponse>(3, request).results;
  REQUIRE(codes_of(rows) == expected(KafkaError::kInvalidPartitions));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    REQUIRE(rows[i].name == kNames[i]);
    const bool has_grown = rows[i].error_code == KafkaError::kNone;
    REQUIRE(broker.topic(kNames[i]).partitions.size() == (has_grown ? 2 : 1));
  }
}

TEST_CASE("commanding: ... deleting topics") {
  BrokerHarness broker({.authorizer = &kNotX});
  for (const auto& name : kNames) {
    if (name != "bad") broker.create_topic(name);
  }
  kafka::DeleteTopicsRequest request;
  for (const auto& name : kNames) request.topics.emplace_back().name = name;
  request.timeout_ms = 1'000;
  const auto rows = broker.ask<kafka::DeleteTopicsResponse>(6, request).responses;
  REQUIRE(codes_of(rows) == expected(KafkaError::kUnknownTopicOrPartition));
  for (std::size_t i = 0; i < rows.size(); ++i) REQUIRE(rows[i].name == kNames[i]);
  REQUIRE(broker.image().topics().size() == 3);
}

TEST_CASE("commanding: ... altering settings") {
  BrokerHarness broker({.authorizer = &kNotX});
  for (const auto& name : kNames) broker.create_topic(name);
  kafka::IncrementalAlterConfigsRequest request;
  for (const auto& name : kNames) {
    auto& resource = request.resources.emplace_back();
    resource.resource_type = 2;
    resource.resource_name = name;
    resource.configs.emplace_back().name = name == "bad" ? "no.such.key" : "retention.ms";
    resource.configs.back().value = "7";
  }
  const auto rows = broker.ask<kafka::IncrementalAlterConfigsResponse>(1, request).responses;
  REQUIRE(codes_of(rows) == expected(KafkaError::kInvalidConfig));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    REQUIRE(rows[i].resource_name == kNames[i]);
    REQUIRE(broker.topic(kNames[i]).configs.empty() == (rows[i].error_code != KafkaError::kNone));
  }
}

TEST_CASE("commanding: the answer comes when this shard has seen what was done") {
  BrokerHarness broker({.shards = 2});
  for (const std::size_t shard : {0, 1}) {
    kafka::CreateTopicsRequest create;
    create.topics.emplace_back().name = "t";
    create.topics.back().num_partitions = 1;
    create.topics.back().replication_factor = 1;
    REQUIRE(broker.ask<kafka::CreateTopicsResponse>(7, create, shard).topics.at(0).error_code ==
            KafkaError::kNone);
    kafka::DeleteTopicsRequest remove;
    remove.topics.emplace_back().name = "t";
    remove.timeout_ms = 1'000;
    REQUIRE(broker.ask<kafka::DeleteTopicsResponse>(6, remove, shard).responses.at(0).error_code ==
            KafkaError::kNone);
  }
}

TEST_CASE("commanding: an answer of the quorum waits for an image only when it names one") {
  BrokerHarness broker;
  Offset end = kNoOffset;
  broker.answer_quorum = [&](const controller::QuorumCommand&) {
    controller::CommandResult result;
    result.metadata_end = end;
    return result;
  };
  kafka::RemoveRaftVoterRequest request;
  request.cluster_id.reset();
  request.voter_id = NodeId(2);
  request.voter_directory_id = DirectoryId(Uuid({1}));
  REQUIRE(broker.ask<kafka::RemoveRaftVoterResponse>(0, request).error_code == KafkaError::kNone);
  end = broker.image().end_offset() + 1;
  const auto id = broker.send(broker.connect(), 0, request);
  broker.settle();
  REQUIRE_FALSE(broker.take_reply(id));
  broker.commit({controller::BrokerFenceRecord{BrokerHarness::kNode, false}});
  broker.settle();
  REQUIRE(broker.response_to<kafka::RemoveRaftVoterResponse>(id, 0).error_code ==
          KafkaError::kNone);
}

TEST_CASE("commanding: a client that goes away leaves nothing behind") {
  BrokerHarness broker;
  broker.controller_runs = false;
  kafka::CreateTopicsRequest create;
  create.topics.emplace_back().name = "t";
  create.topics.back().num_partitions = 1;
  create.topics.back().replication_factor = 1;
  const auto connection = broker.connect();
  const auto request = broker.send(connection, 7, create);
  broker.settle();
  broker.disconnect(connection);
  broker.controller_runs = true;
  broker.settle();
  broker.pass(std::chrono::minutes(2));
  REQUIRE_FALSE(broker.take_reply(request));
  REQUIRE(broker.image().topic("t") != nullptr);
  REQUIRE(broker.describe().find("0 requests running") != std::string::npos);
}

}  // namespace
}  // namespace millrace::broker
