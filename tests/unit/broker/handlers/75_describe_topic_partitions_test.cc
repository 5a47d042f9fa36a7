#include "broker/handlers/75_describe_topic_partitions.h"

#include "tests/support/broker_harness/broker_harness.h"
#include "tests/support/catch.h"

namespace millrace::broker {
namespace {

using kafka::DescribeTopicPartitionsRequest;
using kafka::DescribeTopicPartitionsResponse;
using kafka::KafkaError;
using sim::BrokerHarness;

using Rows = std::vector<std::pair<std::string, std::int32_t>>;
using Start = std::pair<std::string, std::int32_t>;

DescribeTopicPartitionsResponse ask(BrokerHarness& broker, const std::vector<std::string>& names,
                                    std::int32_t limit = 2'000,
                                    std::optional<Start> cursor = std::nullopt) {
  DescribeTopicPartitionsRequest request;
  for (const std::string& name : names) request.topics.emplace_back().name = name;
  request.response_partition_limit = limit;
  if (cursor) {
    request.cursor.emplace();
    request.cursor->topic_name = cursor->first;
    request.cursor->partition_index = PartitionIndex(cursor->second);
  }
  return broker.ask<DescribeTopicPartitionsResponse>(0, request);
}

Rows rows_in(const DescribeTopicPartitionsResponse& response) {
  Rows rows;
  for (const auto& topic : response.topics) {
    for (const auto& one : topic.partitions) {
      rows.emplace_back(*topic.name, one.partition_index.value());
    }
  }
  return rows;
}

TEST_CASE("describe topic partitions: what a topic looks like") {
  BrokerHarness broker({.shards = 2});
  const TopicId id = broker.create_topic("t", 2);
  const auto response = ask(broker, {"t"});
  REQUIRE_FALSE(response.next_cursor);
  REQUIRE(response.topics.size() == 1);
  const auto& topic = response.topics[0];
  REQUIRE(topic.error_code == KafkaError::kNone);
  REQUIRE(topic.topic_id == id);
  REQUIRE_FALSE(topic.is_internal);
  REQUIRE(topic.topic_authorized_operations ==
          (1 << 3 | 1 << 4 | 1 << 5 | 1 << 6 | 1 << 7 | 1 << 8 | 1 << 10 | 1 << 11));
  REQUIRE(rows_in(response) == Rows{{"t", 0}, {"t", 1}});
  for (const auto& one : topic.partitions) {
    REQUIRE(one.error_code == KafkaError::kNone);
    REQUIRE(one.leader_id == BrokerHarness::kNode);
    REQUIRE(one.leader_epoch == LeaderEpoch(0));
    REQUIRE(one.replica_nodes == std::vector{BrokerHarness::kNode});
    REQUIRE(one.isr_nodes == std::vector{BrokerHarness::kNode});
    REQUIRE(one.eligible_leader_replicas == std::vector<NodeId>());
    REQUIRE(one.last_known_elr == std::vector<NodeId>());
    REQUIRE(one.offline_replicas.empty());
  }
}

TEST_CASE("describe topic partitions: topics come in the order of names, none named means all") {
  BrokerHarness broker;
  for (const char* const name : {"b", "__consumer_offsets", "c", "a"}) broker.create_topic(name);
  REQUIRE(rows_in(ask(broker, {"c", "a", "c"})) == Rows{{"a", 0}, {"c", 0}});
  const auto all = ask(broker, {});
  REQUIRE(rows_in(all) == Rows{{"__consumer_offsets", 0}, {"a", 0}, {"b", 0}, {"c", 0}});
  REQUIRE(all.topics[0].is_internal);
}

TEST_CASE("describe topic partitions: topics that are not there, and names that cannot be") {
  BrokerHarness broker;
  const auto response = ask(broker, {"nope", "a b"});
  REQUIRE(response.topics.size() == 2);
  REQUIRE(response.topics[0].name == "a b");
  REQUIRE(response.topics[0].error_code == KafkaError::kInvalidTopicException);
  REQUIRE(response.topics[1].name == "nope");
  REQUIRE(response.topics[1].error_code == KafkaError::kUnknownTopicOrPartition);
  REQUIRE(response.topics[1].partitions.empty());
}

TEST_CASE("describe topic partitions: page by page, everything once") {
  BrokerHarness broker;
  broker.create_topic("a", 3);
  broker.create_topic("b", 1);
  broker.create_topic("c", 4);
  const Rows all = rows_in(ask(broker, {}));
  REQUIRE(all.size() == 8);
  for (std::int32_t limit = 1; limit <= 9; ++limit) {
    Rows seen;
    std::optional<Start> cursor;
    std::size_t pages = 0;
    do {
      const auto page = ask(broker, {}, limit, cursor);
      const Rows rows = rows_in(page);
      REQUIRE(rows.size() <= static_cast<std::size_t>(limit));
      seen.insert(seen.end(), rows.begin(), rows.end());
      cursor.reset();
      if (page.next_cursor) {
        REQUIRE(rows.size() == static_cast<std::size_t>(limit));
        cursor = {page.next_cursor->topic_name, page.next_cursor->partition_index.value()};
      }
      REQUIRE(++pages <= 8);
    } while (cursor);
    CAPTURE(limit);
    REQUIRE(seen == all);
  }
  const auto first = ask(broker, {}, 3);
  REQUIRE(first.next_cursor->topic_name == "b");
  REQUIRE(first.next_cursor->partition_index == PartitionIndex(0));
  const auto inside = ask(broker, {}, 2);
  REQUIRE(inside.next_cursor->topic_name == "a");
  REQUIRE(inside.next_cursor->partition_index == PartitionIndex(2));
}

TEST_CASE("describe topic partitions: cursors and limits that are odd") {
  BrokerHarness broker;
  broker.create_topic("a", 2);
  broker.create_topic("c", 2);
  REQUIRE(rows_in(ask(broker, {}, 0)) == Rows{{"a", 0}});
  REQUIRE(rows_in(ask(broker, {}, -5)) == Rows{{"a", 0}});
  // The topic of the cursor was deleted meanwhile: the next one, from its beginning.
  REQUIRE(rows_in(ask(broker, {}, 9, Start{"b", 1})) == Rows{{"c", 0}, {"c", 1}});
  REQUIRE(rows_in(ask(broker, {"a", "c"}, 9, Start{"a", 1})) == Rows{{"a", 1}, {"c", 0}, {"c", 1}});
  REQUIRE(rows_in(ask(broker, {}, 9, Start{"d", 0})).empty());
  REQUIRE(rows_in(ask(broker, {}, 9, Start{"c", 99})).empty());
}

TEST_CASE("describe topic partitions: at most 2000 at a time") {
  BrokerHarness broker;
  controller::MetadataTransaction records;
  const TopicId id = broker.create_topic("t");
  const controller::Partition state = broker.topic("t").partitions[0];
  for (std::int32_t index = 1; index <= 2'000; ++index) {
    controller::Partition elsewhere = state;
    elsewhere.replicas = {NodeId(2)};
    elsewhere.isr = elsewhere.replicas;
    elsewhere.leader = kNoNode;
    records.push_back(controller::PartitionRecord{{id, PartitionIndex(index)}, elsewhere});
  }
  broker.commit(records);
  const auto response = ask(broker, {}, 1'000'000);
  REQUIRE(rows_in(response).size() == 2'000);
  REQUIRE(response.next_cursor->partition_index == PartitionIndex(2'000));
  REQUIRE(response.topics.at(0).partitions.at(1).error_code == KafkaError::kLeaderNotAvailable);
}

}  // namespace
}  // namespace millrace::broker
