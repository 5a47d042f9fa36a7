#include "broker/handlers/02_list_offsets.h"

#include "tests/support/broker_harness/requests.h"
#include "tests/support/catch.h"

namespace millrace::broker {
namespace {

using kafka::KafkaError;
using kafka::ListOffsetsRequest;
using kafka::ListOffsetsResponse;
using sim::BrokerHarness;
using sim::list_offset;
using sim::produce;

using Answer = ListOffsetsResponse::ListOffsetsPartitionResponse;

constexpr std::int64_t kLatest = -1;
constexpr std::int64_t kEarliest = -2;
constexpr std::int64_t kMaxTimestamp = -3;
constexpr std::int64_t kEarliestLocal = -4;
constexpr std::int64_t kLatestTiered = -5;
constexpr std::int64_t kEarliestPendingUpload = -6;
constexpr std::int16_t kVersion = 11;

ListOffsetsRequest request_for(std::int64_t timestamp) {
  ListOffsetsRequest request;
  request.replica_id = kNoNode;
  auto& topic = request.topics.emplace_back();
  topic.name = "t";
  topic.partitions.emplace_back().timestamp = TimestampMs(timestamp);
  return request;
}

Answer ask(BrokerHarness& broker, const ListOffsetsRequest& request,
           std::int16_t version = kVersion) {
  return broker.ask<ListOffsetsResponse>(version, request).topics.at(0).partitions.at(0);
}

void require_found(const Answer& answer, std::int64_t offset, std::int64_t timestamp) {
  REQUIRE(answer.error_code == KafkaError::kNone);
  REQUIRE(answer.offset == Offset(offset));
  REQUIRE(answer.timestamp == TimestampMs(timestamp));
}

void require_error(const Answer& answer, KafkaError error) {
  REQUIRE(answer.error_code == error);
  REQUIRE(answer.offset == kNoOffset);
  REQUIRE(answer.timestamp == kNoTimestamp);
}

void append_without_sync(BrokerHarness& broker, TopicId id) {
  broker.rounds_run = false;
  broker.send(broker.connect(), 13,
              sim::produce_request({.id = id}, 13, sim::make_batch({}).bytes));
  broker.settle();
}

TEST_CASE("list offsets: first and last, in every version, on any shard") {
  BrokerHarness broker({.shards = GENERATE(std::size_t{1}, std::size_t{2})});
  const TopicId id = broker.create_topic("t");
  produce(broker, {.id = id}, {.records = 3});
  for (std::int16_t version = 1; version <= kVersion; ++version) {
    const auto first = list_offset(broker, "t", kEarliest, version);
    const auto last = list_offset(broker, "t", kLatest, version);
    require_found(first, 0, -1);
    require_found(last, 3, -1);
    const LeaderEpoch epoch = broker.topic("t").partitions[0].leader_epoch;
    REQUIRE(first.leader_epoch == (version >= 4 ? epoch : kNoLeaderEpoch));
    REQUIRE(last.leader_epoch == (version >= 4 ? epoch : kNoLeaderEpoch));
  }
}

TEST_CASE("list offsets: an empty log") {
  BrokerHarness broker;
  broker.create_topic("t");
  require_found(list_offset(broker, "t", kEarliest), 0, -1);
  require_found(list_offset(broker, "t", kLatest), 0, -1);
  require_found(list_offset(broker, "t", kEarliestLocal), 0, -1);
  require_found(list_offset(broker, "t", kMaxTimestamp), -1, -1);
  require_found(list_offset(broker, "t", 0), -1, -1);
}

TEST_CASE("list offsets: the first record with at least a timestamp") {
  BrokerHarness broker;
  const TopicId id = broker.create_topic("t");
  const auto compression = GENERATE(kafka::Compression::kNone, kafka::Compression::kZstd);
  produce(broker, {.id = id},
          {.records = 3, .timestamp = 1'000, .timestamp_step = 1'000, .compression = compression});
  produce(broker, {.id = id},
          {.records = 2, .timestamp = 2'500, .timestamp_step = 3'000, .compression = compression});
  struct Case {
    std::int64_t wanted;
    std::int64_t offset;
    std::int64_t timestamp;
  };
  for (const Case& one : std::vector<Case>{{0, 0, 1'000},
                                           {1'000, 0, 1'000},
                                           {1'001, 1, 2'000},
                                           {2'500, 2, 3'000},
                                           {3'000, 2, 3'000},
                                           {3'001, 4, 5'500},
                                           {5'500, 4, 5'500},
                                           {5'501, -1, -1}}) {
    CAPTURE(one.wanted);
    require_found(list_offset(broker, "t", one.wanted), one.offset, one.timestamp);
  }
}

TEST_CASE("list offsets: the record with the largest timestamp, the first of equals") {
  BrokerHarness broker;
  const TopicId id = broker.create_topic("t");
  produce(broker, {.id = id}, {.records = 2, .timestamp = 1'000});
  produce(broker, {.id = id}, {.records = 3, .timestamp = 7'000, .timestamp_step = -1'000});
  produce(broker, {.id = id}, {.records = 2, .timestamp = 7'000});
  require_found(list_offset(broker, "t", kMaxTimestamp), 2, 7'000);
}

TEST_CASE("list offsets: questions that came with later versions") {
  BrokerHarness broker;
  const TopicId id = broker.create_topic("t");
  produce(broker, {.id = id}, {.timestamp = 1'000});
  struct Case {
    std::int64_t timestamp;
    std::int16_t first_version;
    std::int64_t offset;
    std::int64_t found_timestamp;
  };
  for (const Case& one : std::vector<Case>{{kMaxTimestamp, 7, 0, 1'000},
                                           {kEarliestLocal, 8, 0, -1},
                                           {kLatestTiered, 9, -1, -1},
                                           {kEarliestPendingUpload, 11, -1, -1}}) {
    for (std::int16_t version = 1; version <= kVersion; ++version) {
      CAPTURE(one.timestamp, version);
      const auto answer = list_offset(broker, "t", one.timestamp, version);
      if (version < one.first_version) {
        require_error(answer, KafkaError::kUnsupportedVersion);
      } else {
        require_found(answer, one.offset, one.found_timestamp);
      }
    }
  }
  for (const std::int64_t never : {-7, -1'000}) {
    require_error(list_offset(broker, "t", never), KafkaError::kUnsupportedVersion);
  }
}

TEST_CASE("list offsets: what is not committed is not found") {
  BrokerHarness broker;
  const TopicId id = broker.create_topic("t");
  produce(broker, {.id = id}, {.timestamp = 500});
  append_without_sync(broker, id);  // at 1'000
  require_found(list_offset(broker, "t", kLatest), 1, -1);
  require_found(list_offset(broker, "t", 501), -1, -1);
  require_found(list_offset(broker, "t", kMaxTimestamp), -1, -1);
  broker.rounds_run = true;
  broker.settle();
  require_found(list_offset(broker, "t", kLatest), 2, -1);
  require_found(list_offset(broker, "t", 501), 1, 1'000);
  require_found(list_offset(broker, "t", kMaxTimestamp), 1, 1'000);
}

TEST_CASE("list offsets: committed reads end at the last stable offset") {
  BrokerHarness broker;
  const TopicId id = broker.create_topic("t");
  produce(broker, {.id = id}, {.records = 4});
  auto request = request_for(kLatest);
  request.isolation_level = 1;
  for (std::int16_t version = 2; version <= kVersion; ++version) {
    require_found(ask(broker, request, version), 4, -1);
  }
}

TEST_CASE("list offsets: a new leader does not answer before it knows") {
  BrokerHarness broker;
  const TopicId id = broker.create_topic("t");
  append_without_sync(broker, id);
  controller::Partition state = broker.topic("t").partitions[0];
  state.leader_epoch = LeaderEpoch(state.leader_epoch.value() + 1);
  broker.commit({controller::PartitionRecord{{id, PartitionIndex(0)}, state}});
  require_error(list_offset(broker, "t", kLatest, 4), KafkaError::kLeaderNotAvailable);
  require_error(list_offset(broker, "t", kLatest, 5), KafkaError::kOffsetNotAvailable);
  require_found(list_offset(broker, "t", kEarliest), 0, -1);
  broker.rounds_run = true;
  broker.settle();
  const auto known = list_offset(broker, "t", kLatest);
  require_found(known, 1, -1);
  REQUIRE(known.leader_epoch == state.leader_epoch);
}

TEST_CASE("list offsets: one reason a time for an error") {
  BrokerHarness broker;
  const TopicId id = broker.create_topic("t");
  produce(broker, {.id = id});
  auto request = request_for(kLatest);
  auto& partition = request.topics[0].partitions[0];
  SECTION("unknown topic") {
    request.topics[0].name = "nope";
    require_error(ask(broker, request), KafkaError::kUnknownTopicOrPartition);
  }
  SECTION("unknown partition") {
    for (const std::int32_t index : {-1, 1}) {
      partition.partition_index = PartitionIndex(index);
      require_error(ask(broker, request), KafkaError::kUnknownTopicOrPartition);
    }
  }
  SECTION("leader epochs") {
    const LeaderEpoch epoch = broker.topic("t").partitions[0].leader_epoch;
    partition.current_leader_epoch = epoch;
    require_found(ask(broker, request), 1, -1);
    partition.current_leader_epoch = LeaderEpoch(epoch.value() + 1);
    require_error(ask(broker, request), KafkaError::kUnknownLeaderEpoch);
    controller::Partition state = broker.topic("t").partitions[0];
    state.leader_epoch = LeaderEpoch(epoch.value() + 2);
    broker.commit({controller::PartitionRecord{{id, PartitionIndex(0)}, state}});
    require_error(ask(broker, request), KafkaError::kFencedLeaderEpoch);
  }
  SECTION("a follower of Kafka's protocol") {
    request.replica_id = NodeId(2);
    require_error(ask(broker, request), KafkaError::kClusterAuthorizationFailed);
  }
  SECTION("a partition that is named twice") {
    const auto copy = partition;
    request.topics[0].partitions.push_back(copy);
    const auto response = broker.ask<ListOffsetsResponse>(kVersion, request);
    REQUIRE(response.topics.at(0).partitions.size() == 2);
    for (const auto& answer : response.topics[0].partitions) {
      require_error(answer, KafkaError::kInvalidRequest);
    }
  }
}

TEST_CASE("list offsets: answers stand where the questions stood") {
  BrokerHarness broker({.shards = 2});
  const TopicId id = broker.create_topic("t", 3);
  for (std::int32_t index = 0; index < 3; ++index) {
    produce(broker, {.id = id, .partition = index}, {.records = index + 1});
  }
  auto request = request_for(kLatest);
  auto& partitions = request.topics[0].partitions;
  partitions.resize(4, partitions[0]);
  const std::vector<std::int32_t> order{2, 9, 0, 1};
  for (std::size_t i = 0; i < order.size(); ++i) {
    partitions[i].partition_index = PartitionIndex(order[i]);
  }
  const auto response = broker.ask<ListOffsetsResponse>(kVersion, request);
  for (std::size_t i = 0; i < order.size(); ++i) {
    const Answer& answer = response.topics.at(0).partitions.at(i);
    REQUIRE(answer.partition_index == PartitionIndex(order[i]));
    if (order[i] == 9) {
      require_error(answer, KafkaError::kUnknownTopicOrPartition);
    } else {
      require_found(answer, order[i] + 1, -1);
    }
  }
}

}  // namespace
}  // namespace millrace::broker
