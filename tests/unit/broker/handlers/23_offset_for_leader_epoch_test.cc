#include "broker/handlers/23_offset_for_leader_epoch.h"

#include "tests/support/broker_harness/requests.h"
#include "tests/support/catch.h"

namespace millrace::broker {
namespace {

using kafka::KafkaError;
using kafka::OffsetForLeaderEpochRequest;
using kafka::OffsetForLeaderEpochResponse;
using sim::BrokerHarness;
using sim::produce;

using Answer = OffsetForLeaderEpochResponse::EpochEndOffset;

constexpr std::int16_t kVersion = 4;

struct Which {
  std::int32_t epoch;
  std::int32_t current = -1;
  std::string topic = "t";
  std::int32_t partition = 0;
};

Answer ask(BrokerHarness& broker, const Which& which, std::int16_t version = kVersion) {
  OffsetForLeaderEpochRequest request;
  request.replica_id = kNoNode;
  auto& topic = request.topics.emplace_back();
  topic.topic = which.topic;
  auto& partition = topic.partitions.emplace_back();
  partition.partition = PartitionIndex(which.partition);
  partition.leader_epoch = LeaderEpoch(which.epoch);
  partition.current_leader_epoch = LeaderEpoch(which.current);
  const auto response = broker.ask<OffsetForLeaderEpochResponse>(version, request);
  REQUIRE(response.topics.at(0).topic == which.topic);
  REQUIRE(response.topics.at(0).partitions.at(0).partition == partition.partition);
  return response.topics[0].partitions[0];
}

void require_end(const Answer& answer, std::int32_t epoch, std::int64_t end) {
  REQUIRE(answer.error_code == KafkaError::kNone);
  REQUIRE(answer.leader_epoch == LeaderEpoch(epoch));
  REQUIRE(answer.end_offset == Offset(end));
}

void require_error(const Answer& answer, KafkaError error) {
  REQUIRE(answer.error_code == error);
  REQUIRE(answer.leader_epoch == kNoLeaderEpoch);
  REQUIRE(answer.end_offset == kNoOffset);
}

void move_to_epoch(BrokerHarness& broker, TopicId id, std::int32_t epoch) {
  controller::Partition state = broker.topic("t").partitions[0];
  state.leader_epoch = LeaderEpoch(epoch);
  broker.commit({controller::PartitionRecord{{id, PartitionIndex(0)}, state}});
}

TEST_CASE("offset for leader epoch: where each epoch ends, in every version") {
  BrokerHarness broker({.shards = GENERATE(std::size_t{1}, std::size_t{2})});
  const TopicId id = broker.create_topic("t");
  produce(broker, {.id = id}, {.records = 3});
  move_to_epoch(broker, id, 2);
  produce(broker, {.id = id}, {.records = 4});
  move_to_epoch(broker, id, 5);
  for (std::int16_t version = 2; version <= kVersion; ++version) {
    require_end(ask(broker, {0}, version), 0, 3);
    require_end(ask(broker, {1}, version), 0, 3);  // the last before it
    require_end(ask(broker, {2}, version), 2, 7);
    require_end(ask(broker, {4}, version), 2, 7);
    require_end(ask(broker, {5}, version), 5, 7);  // without a record so far
    require_end(ask(broker, {6}, version), -1, -1);
  }
  produce(broker, {.id = id}, {.records = 1});
  require_end(ask(broker, {5}), 5, 8);
}

TEST_CASE("offset for leader epoch: an empty log") {
  BrokerHarness broker;
  broker.create_topic("t");
  require_end(ask(broker, {0}), 0, 0);
  require_end(ask(broker, {1}), -1, -1);
}

TEST_CASE("offset for leader epoch: one reason a time for an error") {
  BrokerHarness broker;
  const TopicId id = broker.create_topic("t");
  move_to_epoch(broker, id, 3);
  require_end(ask(broker, {3, 3}), 3, 0);
  require_error(ask(broker, {3, 2}), KafkaError::kFencedLeaderEpoch);
  require_error(ask(broker, {3, 4}), KafkaError::kUnknownLeaderEpoch);
  require_error(ask(broker, {0, -1, "nope"}), KafkaError::kUnknownTopicOrPartition);
  require_error(ask(broker, {0, -1, "t", 1}), KafkaError::kUnknownTopicOrPartition);
  require_error(ask(broker, {0, -1, "t", -1}), KafkaError::kUnknownTopicOrPartition);
  controller::Partition state = broker.topic("t").partitions[0];
  state.leader = kNoNode;
  state.leader_epoch = LeaderEpoch(4);
  broker.commit({controller::PartitionRecord{{id, PartitionIndex(0)}, state}});
  require_error(ask(broker, {3}), KafkaError::kNotLeaderOrFollower);
}

}  // namespace
}  // namespace millrace::broker
