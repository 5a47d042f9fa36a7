#include "broker/handlers/03_metadata.h"

#include "tests/support/broker_harness/requests.h"
#include "tests/support/catch.h"

namespace millrace::broker {
namespace {

using kafka::KafkaError;
using kafka::MetadataRequest;
using kafka::MetadataResponse;
using sim::BrokerHarness;
using sim::BrokerOptions;

using Names = std::vector<std::string>;
using Topic = MetadataResponse::MetadataResponseTopic;

constexpr std::int16_t kVersion = 13;

MetadataRequest named(const Names& names, bool create = false) {
  MetadataRequest request;
  for (const std::string& name : names) request.topics->emplace_back().name = name;
  request.allow_auto_topic_creation = create;
  return request;
}

MetadataRequest by_id(TopicId id) {
  MetadataRequest request;
  auto& topic = request.topics->emplace_back();
  topic.name = std::nullopt;
  topic.topic_id = id;
  request.allow_auto_topic_creation = false;
  return request;
}

MetadataResponse ask(BrokerHarness& broker, const MetadataRequest& request,
                     std::int16_t version = kVersion) {
  return broker.ask<MetadataResponse>(version, request);
}

Topic ask_one(BrokerHarness& broker, const std::string& name, std::int16_t version = kVersion,
              bool create = false) {
  const auto response = ask(broker, named({name}, create || version < 4), version);
  REQUIRE(response.topics.size() == 1);
  return response.topics[0];
}

Names names_in(const MetadataResponse& response) {
  Names names;
  for (const Topic& topic : response.topics) names.push_back(topic.name.value_or("(none)"));
  return names;
}

TEST_CASE("metadata: null means all topics, an empty list none but in version 0") {
  BrokerHarness broker;
  broker.create_topic("b");
  broker.create_topic("a");
  for (std::int16_t version = 0; version <= kVersion; ++version) {
    const auto empty = names_in(ask(broker, MetadataRequest{}, version));
    REQUIRE(empty == (version == 0 ? Names{"a", "b"} : Names{}));
    if (version == 0) continue;
    MetadataRequest all;
    all.topics = std::nullopt;
    REQUIRE(names_in(ask(broker, all, version)) == Names{"a", "b"});
  }
}

TEST_CASE("metadata: what a topic looks like in every version") {
  BrokerHarness broker({.shards = 2});
  const TopicId id = broker.create_topic("t", 2);
  for (std::int16_t version = 0; version <= kVersion; ++version) {
    const Topic topic = ask_one(broker, "t", version);
    REQUIRE(topic.error_code == KafkaError::kNone);
    REQUIRE(topic.name == "t");
    REQUIRE(topic.topic_id == (version >= 10 ? id : TopicId()));
    REQUIRE_FALSE(topic.is_internal);
    REQUIRE(topic.topic_authorized_operations == std::numeric_limits<std::int32_t>::min());
    REQUIRE(topic.partitions.size() == 2);
    for (std::int32_t index = 0; index < 2; ++index) {
      const auto& partition = topic.partitions[static_cast<std::size_t>(index)];
      REQUIRE(partition.error_code == KafkaError::kNone);
      REQUIRE(partition.partition_index == PartitionIndex(index));
      REQUIRE(partition.leader_id == BrokerHarness::kNode);
      REQUIRE(partition.leader_epoch == (version >= 7 ? LeaderEpoch(0) : kNoLeaderEpoch));
      REQUIRE(partition.replica_nodes == std::vector{BrokerHarness::kNode});
      REQUIRE(partition.isr_nodes == std::vector{BrokerHarness::kNode});
      REQUIRE(partition.offline_replicas.empty());
    }
  }
}

TEST_CASE("metadata: brokers as the client's listener shows them") {
  BrokerHarness broker;
  broker.create_topic("t");
  const auto ask_through = [&](const std::string& listener, std::int16_t version) {
    broker.context(broker.connection_of(0)).listener = listener;
    return ask(broker, named({"t"}, true), version);
  };
  const auto plain = ask_through(BrokerHarness::kListener, kVersion);
  REQUIRE(plain.brokers.size() == 1);
  REQUIRE(plain.brokers[0].node_id == BrokerHarness::kNode);
  REQUIRE(plain.brokers[0].host == "node-1.test");
  REQUIRE(plain.brokers[0].port == 9092);
  REQUIRE(plain.brokers[0].rack == "az-a");
  REQUIRE(plain.cluster_id == broker.image().cluster_id().to_string());
  REQUIRE(plain.controller_id == BrokerHarness::kNode);
  REQUIRE(plain.error_code == KafkaError::kNone);

  const auto other = ask_through("OTHER", kVersion);
  REQUIRE(other.brokers.at(0).host == "other.test");
  REQUIRE(other.brokers.at(0).port == 9192);

  for (const std::int16_t version : {5, 6}) {
    const auto none = ask_through("NOWHERE", version);
    REQUIRE(none.brokers.empty());
    const auto& partition = none.topics.at(0).partitions.at(0);
    REQUIRE(partition.leader_id == kNoNode);
    REQUIRE(partition.error_code ==
            (version == 5 ? KafkaError::kLeaderNotAvailable : KafkaError::kListenerNotFound));
    REQUIRE(partition.replica_nodes == std::vector{BrokerHarness::kNode});
  }
}

TEST_CASE("metadata: by id") {
  BrokerHarness broker;
  const TopicId id = broker.create_topic("t");
  Random random(9);
  const TopicId other(Uuid::random(random));
  for (const std::int16_t version : {12, 13}) {
    const auto known = ask(broker, by_id(id), version);
    REQUIRE(known.topics.at(0).error_code == KafkaError::kNone);
    REQUIRE(known.topics.at(0).name == "t");
    const auto unknown = ask(broker, by_id(other), version);
    REQUIRE(unknown.topics.at(0).error_code == KafkaError::kUnknownTopicId);
    REQUIRE(unknown.topics.at(0).topic_id == other);
    REQUIRE_FALSE(unknown.topics.at(0).name);
  }
  // The fields are there before, but nobody may use them.
  for (const std::int16_t version : {10, 11}) {
    const auto early = ask(broker, by_id(id), version);
    REQUIRE(early.topics.at(0).error_code == KafkaError::kInvalidRequest);
    REQUIRE(early.topics.at(0).name == "");
  }
}

TEST_CASE("metadata: topics that are not there, and names that cannot be") {
  BrokerHarness broker({.settings = {{"auto.create.topics.enable", "true"}}});
  REQUIRE(ask_one(broker, "nope").error_code == KafkaError::kUnknownTopicOrPartition);
  REQUIRE(ask_one(broker, "nope").partitions.empty());
  for (const std::string& name : {std::string(""), std::string("."), std::string(".."),
                                  std::string("a b"), std::string("a/b"), std::string(250, 'x')}) {
    for (const bool create : {false, true}) {
      REQUIRE(ask_one(broker, name, kVersion, create).error_code ==
              KafkaError::kInvalidTopicException);
    }
  }
  REQUIRE(broker.commands_seen() == 0);
  REQUIRE(broker.image().topics().empty());
}

TEST_CASE("metadata: topics are created where node and client want it") {
  BrokerHarness broker(
      {.shards = 2, .settings = {{"auto.create.topics.enable", "true"}, {"num.partitions", "3"}}});
  SECTION("the client does not") {
    for (std::int16_t version = 4; version <= kVersion; ++version) {
      REQUIRE(ask_one(broker, "t", version).error_code == KafkaError::kUnknownTopicOrPartition);
    }
    REQUIRE(broker.commands_seen() == 0);
  }
  SECTION("before version 4 it cannot say so") {
    const Topic topic = ask_one(broker, "t", 3);
    REQUIRE(topic.error_code == KafkaError::kNone);
    REQUIRE(topic.partitions.size() == 3);
  }
  SECTION("the answer waits until the topic is there and can be used") {
    const Topic topic = ask_one(broker, "t", kVersion, true);
    REQUIRE(topic.error_code == KafkaError::kNone);
    REQUIRE(topic.topic_id == broker.topic("t").id);
    REQUIRE(topic.partitions.size() == 3);
    REQUIRE(topic.partitions[2].leader_id == BrokerHarness::kNode);
    REQUIRE(sim::produce(broker, {.partition = 2}, {}, 12).error_code == KafkaError::kNone);
  }
  SECTION("several at once, one twice, one is there: one command") {
    broker.create_topic("b");
    const auto response = ask(broker, named({"c", "b", "a", "c"}, true));
    REQUIRE(names_in(response) == Names{"c", "b", "a", "c"});
    for (const Topic& topic : response.topics) REQUIRE(topic.error_code == KafkaError::kNone);
    REQUIRE(broker.commands_seen() == 1);
  }
  SECTION("internal topics and all topics never") {
    REQUIRE(ask_one(broker, "__consumer_offsets", kVersion, true).error_code ==
            KafkaError::kUnknownTopicOrPartition);
    MetadataRequest all;
    all.topics = std::nullopt;
    ask(broker, all);
    REQUIRE(broker.commands_seen() == 0);
  }
  SECTION("two clients at the same time") {
    broker.controller_runs = false;
    const auto first = broker.send(broker.connect(), kVersion, named({"t"}, true));
    const auto second = broker.send(broker.connect(1), kVersion, named({"t"}, true));
    broker.settle();
    REQUIRE_FALSE(broker.take_reply(first));
    broker.controller_runs = true;
    broker.settle();
    for (const RequestId request : {first, second}) {
      const auto response = broker.response_to<MetadataResponse>(request, kVersion);
      REQUIRE(response.topics.at(0).error_code == KafkaError::kNone);
    }
  }
  SECTION("the controller refuses: the reason is told") {
    broker.create_topic("a.b");
    REQUIRE(ask_one(broker, "a_b", kVersion, true).error_code ==
            KafkaError::kInvalidTopicException);
  }
  SECTION("the controller is silent") {
    broker.controller_runs = false;
    const auto request = broker.send(broker.connect(), kVersion, named({"t"}, true));
    broker.pass(std::chrono::seconds(29));
    REQUIRE_FALSE(broker.take_reply(request));
    broker.pass(std::chrono::seconds(2));
    const auto response = broker.response_to<MetadataResponse>(request, kVersion);
    REQUIRE(response.topics.at(0).error_code == KafkaError::kUnknownTopicOrPartition);
  }
}

TEST_CASE("metadata: nothing is created where the node does not want it") {
  BrokerHarness broker({.settings = {{"auto.create.topics.enable", "false"}}});
  for (std::int16_t version = 0; version <= kVersion; ++version) {
    REQUIRE(ask_one(broker, "t", version, true).error_code == KafkaError::kUnknownTopicOrPartition);
  }
  REQUIRE(broker.commands_seen() == 0);
}

TEST_CASE("metadata: internal topics are marked") {
  BrokerHarness broker;
  broker.create_topic("__consumer_offsets");
  REQUIRE(ask_one(broker, "__consumer_offsets").is_internal);
}

TEST_CASE("metadata: what the client may do, when it asks") {
  BrokerHarness broker;
  broker.create_topic("t");
  MetadataRequest request = named({"t"});
  request.include_topic_authorized_operations = true;
  const std::int32_t all_of_topic =
      1 << 3 | 1 << 4 | 1 << 5 | 1 << 6 | 1 << 7 | 1 << 8 | 1 << 10 | 1 << 11;
  REQUIRE(ask(broker, request).topics.at(0).topic_authorized_operations == all_of_topic);
  request.include_cluster_authorized_operations = true;
  const auto response = ask(broker, request, 10);
  const std::int32_t all_of_cluster =
      1 << 5 | 1 << 7 | 1 << 8 | 1 << 9 | 1 << 10 | 1 << 11 | 1 << 12;
  REQUIRE(response.cluster_authorized_operations == all_of_cluster);
}

TEST_CASE("metadata: a partition without leader, or whose disk is lost") {
  BrokerHarness broker({.shards = 2});
  const TopicId id = broker.create_topic("t");
  SECTION("leader") {
    controller::Partition state = broker.topic("t").partitions[0];
    state.leader = kNoNode;
    state.leader_epoch = LeaderEpoch(state.leader_epoch.value() + 1);
    broker.commit({controller::PartitionRecord{{id, PartitionIndex(0)}, state}});
    const auto partition = ask_one(broker, "t").partitions.at(0);
    REQUIRE(partition.error_code == KafkaError::kLeaderNotAvailable);
    REQUIRE(partition.leader_id == kNoNode);
  }
  SECTION("disk") {
    broker.lost.insert({id, PartitionIndex(0)});
    broker.restart(false);
    const auto partition = ask_one(broker, "t").partitions.at(0);
    REQUIRE(partition.offline_replicas == std::vector{BrokerHarness::kNode});
  }
}

}  // namespace
}  // namespace millrace::broker
