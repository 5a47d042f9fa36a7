#include "broker/handlers/21_delete_records.h"

#include "tests/support/broker_harness/requests.h"
#include "tests/support/catch.h"

namespace millrace::broker {
namespace {

using kafka::DeleteRecordsRequest;
using kafka::DeleteRecordsResponse;
using kafka::KafkaError;
using sim::BrokerHarness;
using sim::produce;

using Answer = DeleteRecordsResponse::DeleteRecordsPartitionResult;

constexpr std::int16_t kVersion = 2;
constexpr std::int64_t kHighWatermark = -1;

struct Which {
  std::int64_t offset;
  std::string topic = "t";
  std::int32_t partition = 0;
};

Answer remove(BrokerHarness& broker, const Which& which, std::int16_t version = kVersion) {
  DeleteRecordsRequest request;
  request.timeout_ms = 1'000;
  auto& topic = request.topics.emplace_back();
  topic.name = which.topic;
  auto& partition = topic.partitions.emplace_back();
  partition.partition_index = PartitionIndex(which.partition);
  partition.offset = Offset(which.offset);
  const auto response = broker.ask<DeleteRecordsResponse>(version, request);
  REQUIRE(response.topics.at(0).name == which.topic);
  REQUIRE(response.topics.at(0).partitions.at(0).partition_index == partition.partition_index);
  return response.topics[0].partitions[0];
}

void require_removed(const Answer& answer, std::int64_t low_watermark) {
  REQUIRE(answer.error_code == KafkaError::kNone);
  REQUIRE(answer.low_watermark == Offset(low_watermark));
}

void require_error(const Answer& answer, KafkaError error) {
  REQUIRE(answer.error_code == error);
  REQUIRE(answer.low_watermark == kNoOffset);
}

TEST_CASE("delete records: the log begins later, for everyone, in every version") {
  BrokerHarness broker({.shards = GENERATE(std::size_t{1}, std::size_t{2})});
  const TopicId id = broker.create_topic("t");
  for (int i = 0; i < 4; ++i) produce(broker, {.id = id}, {.records = 3});
  for (std::int16_t version = 0; version <= kVersion; ++version) {
    const std::int64_t offset = 2 + 3 * version;  // inside a batch
    require_removed(remove(broker, {offset}, version), offset);
    REQUIRE(sim::list_offset(broker, "t", -2).offset == Offset(offset));
    REQUIRE(sim::fetch(broker, {.id = id, .offset = offset - 1}).error_code ==
            KafkaError::kOffsetOutOfRange);
    const auto data = sim::fetch(broker, {.id = id, .offset = offset});
    REQUIRE(data.error_code == KafkaError::kNone);
    REQUIRE(data.log_start_offset == Offset(offset));
    REQUIRE(sim::batches_in(data.records).at(0).base_offset == Offset(offset - 2));
  }
  // What is gone already stays gone, and that is no error.
  require_removed(remove(broker, {1}), 8);
  require_removed(remove(broker, {0}), 8);
  REQUIRE(sim::fetch(broker, {.id = id, .offset = 8}).high_watermark == Offset(12));
}

TEST_CASE("delete records: -1 means all that is committed") {
  BrokerHarness broker;
  const TopicId id = broker.create_topic("t");
  require_removed(remove(broker, {kHighWatermark}), 0);
  produce(broker, {.id = id}, {.records = 3});
  broker.rounds_run = false;
  broker.send(broker.connect(), 13,
              sim::produce_request({.id = id}, 13, sim::make_batch({.records = 2}).bytes));
  broker.settle();
  require_removed(remove(broker, {kHighWatermark}), 3);
  require_error(remove(broker, {4}), KafkaError::kOffsetOutOfRange);
  broker.rounds_run = true;
  broker.settle();
  require_removed(remove(broker, {4}), 4);
  require_removed(remove(broker, {kHighWatermark}), 5);
  REQUIRE(produce(broker, {.id = id}).base_offset == Offset(5));
}

TEST_CASE("delete records: one reason a time for an error") {
  BrokerHarness broker;
  const TopicId id = broker.create_topic("t");
  produce(broker, {.id = id}, {.records = 3});
  broker.create_topic("compacted", 1, {{"cleanup.policy", "compact"}});
  broker.create_topic("both", 1, {{"cleanup.policy", "compact,delete"}});
  broker.create_topic("__consumer_offsets");
  require_error(remove(broker, {4}), KafkaError::kOffsetOutOfRange);
  require_error(remove(broker, {-2}), KafkaError::kOffsetOutOfRange);
  require_error(remove(broker, {0, "nope"}), KafkaError::kUnknownTopicOrPartition);
  require_error(remove(broker, {0, "t", 1}), KafkaError::kUnknownTopicOrPartition);
  require_error(remove(broker, {0, "t", -1}), KafkaError::kUnknownTopicOrPartition);
  require_error(remove(broker, {0, "compacted"}), KafkaError::kPolicyViolation);
  require_error(remove(broker, {0, "__consumer_offsets"}), KafkaError::kInvalidTopicException);
  require_removed(remove(broker, {0, "both"}), 0);
  REQUIRE(sim::list_offset(broker, "t", -2).offset == Offset(0));
}

TEST_CASE("delete records: only the leader does it") {
  BrokerHarness broker;
  const TopicId id = broker.create_topic("t");
  controller::Partition state = broker.topic("t").partitions[0];
  state.leader = kNoNode;
  state.leader_epoch = LeaderEpoch(state.leader_epoch.value() + 1);
  broker.commit({controller::PartitionRecord{{id, PartitionIndex(0)}, state}});
  require_error(remove(broker, {0}), KafkaError::kNotLeaderOrFollower);
}

}  // namespace
}  // namespace millrace::broker
