#include "broker/shard.h"

#include "proto/kafka/messages/fetch.h"
#include "proto/kafka/messages/metadata.h"
#include "proto/kafka/messages/produce.h"
#include "tests/support/broker_harness/broker_harness.h"
#include "tests/support/catch.h"
#include "tests/support/log_driver.h"

namespace millrace::broker {
namespace {

using kafka::FetchRequest;
using kafka::FetchResponse;
using kafka::KafkaError;
using kafka::ProduceRequest;
using kafka::ProduceResponse;

TEST_CASE("shard: what was produced is fetched, on any number of shards") {
  const std::size_t shards = GENERATE(1, 2, 3);
  sim::BrokerHarness broker({.shards = shards});
  const TopicId id = broker.create_topic("t", 4);
  for (std::int32_t partition = 0; partition < 4; ++partition) {
    ProduceRequest produce;
    produce.acks = -1;
    produce.timeout_ms = 1'000;
    auto& topic = produce.topic_data.emplace_back();
    topic.topic_id = id;
    auto& data = topic.partition_data.emplace_back();
    data.index = PartitionIndex(partition);
    data.records = BytesChain(sim::make_batch({.records = partition + 1}).bytes);
    const auto response = broker.ask<ProduceResponse>(13, produce, shards - 1);
    const auto& answer = response.responses.at(0).partition_responses.at(0);
    REQUIRE(answer.error_code == KafkaError::kNone);
    REQUIRE(answer.base_offset == Offset(0));
  }
  FetchRequest fetch;
  fetch.max_wait_ms = 100;
  fetch.min_bytes = 1;
  auto& topic = fetch.topics.emplace_back();
  topic.topic_id = id;
  for (std::int32_t partition = 0; partition < 4; ++partition) {
    auto& one = topic.partitions.emplace_back();
    one.partition = PartitionIndex(partition);
    one.partition_max_bytes = 1 << 20;
  }
  const auto response = broker.ask<FetchResponse>(16, fetch);
  REQUIRE(response.error_code == KafkaError::kNone);
  const auto& partitions = response.responses.at(0).partitions;
  REQUIRE(partitions.size() == 4);
  for (std::int32_t partition = 0; partition < 4; ++partition) {
    const auto& data = partitions.at(static_cast<std::size_t>(partition));
    REQUIRE(data.error_code == KafkaError::kNone);
    REQUIRE(data.high_watermark == Offset(partition + 1));
    const auto bytes = data.records->flatten();
    REQUIRE(kafka::read_batch_header(bytes).record_count == partition + 1);
  }
}

}  // namespace
}  // namespace millrace::broker
