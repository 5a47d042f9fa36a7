#include "broker/handlers/35_describe_log_dirs.h"

#include "tests/support/broker_harness/requests.h"
#include "tests/support/catch.h"

namespace millrace::broker {
namespace {

using kafka::DescribeLogDirsRequest;
using kafka::DescribeLogDirsResponse;
using kafka::KafkaError;
using sim::BrokerHarness;
using sim::produce;

using Directory = DescribeLogDirsResponse::DescribeLogDirsResult;
using Sizes = std::map<std::pair<std::string, std::int32_t>, std::int64_t>;

constexpr std::int16_t kVersion = 5;

DescribeLogDirsRequest all() {
  DescribeLogDirsRequest request;
  request.topics.reset();
  return request;
}

Directory ask(BrokerHarness& broker, const DescribeLogDirsRequest& request,
              std::int16_t version = kVersion) {
  const auto response = broker.ask<DescribeLogDirsResponse>(version, request);
  REQUIRE(response.error_code == KafkaError::kNone);
  REQUIRE(response.results.size() == 1);
  REQUIRE(response.results[0].log_dir == BrokerHarness::kDirectory);
  return response.results[0];
}

Sizes sizes_in(const Directory& directory) {
  Sizes sizes;
  for (const auto& topic : directory.topics) {
    for (const auto& one : topic.partitions) {
      REQUIRE(one.offset_lag == 0);
      REQUIRE_FALSE(one.is_future_key);
      REQUIRE(sizes.emplace(std::pair(topic.name, one.partition_index.value()), one.partition_size)
                  .second);
    }
  }
  return sizes;
}

TEST_CASE("describe log dirs: the bytes of every partition, in every version") {
  BrokerHarness broker({.shards = GENERATE(std::size_t{1}, std::size_t{2})});
  const TopicId a = broker.create_topic("a", 3);
  broker.create_topic("b");
  produce(broker, {.id = a, .partition = 1}, {.value_bytes = 100});
  produce(broker, {.id = a, .partition = 1}, {.value_bytes = 200});
  const auto stored =
      static_cast<std::int64_t>(sim::fetch(broker, {.id = a, .partition = 1}).records->size());
  REQUIRE(stored > 300);
  for (std::int16_t version = 1; version <= kVersion; ++version) {
    const Directory directory = ask(broker, all(), version);
    REQUIRE(directory.error_code == KafkaError::kNone);
    REQUIRE(sizes_in(directory) ==
            Sizes{{{"a", 0}, 0}, {{"a", 1}, stored}, {{"a", 2}, 0}, {{"b", 0}, 0}});
    REQUIRE(directory.topics.size() == 2);
    REQUIRE(directory.total_bytes == -1);
    REQUIRE(directory.usable_bytes == -1);
    REQUIRE_FALSE(directory.is_cordoned);
  }
}

TEST_CASE("describe log dirs: only what is asked for; what is not there is left out") {
  BrokerHarness broker;
  broker.create_topic("a", 3);
  broker.create_topic("b");
  DescribeLogDirsRequest request;
  REQUIRE(sizes_in(ask(broker, request)).empty());
  auto& topic = request.topics->emplace_back();
  topic.topic = "a";
  topic.partitions = {PartitionIndex(2), PartitionIndex(0), PartitionIndex(7), PartitionIndex(2)};
  request.topics->emplace_back().topic = "nope";
  request.topics->back().partitions = {PartitionIndex(0)};
  REQUIRE(sizes_in(ask(broker, request)) == Sizes{{{"a", 0}, 0}, {{"a", 2}, 0}});
}

TEST_CASE("describe log dirs: a partition whose log is lost is not in the directory") {
  BrokerHarness broker;
  const TopicId id = broker.create_topic("a", 2);
  broker.lost.insert({id, PartitionIndex(0)});
  broker.restart(false);
  const Directory directory = ask(broker, all());
  REQUIRE(directory.error_code == KafkaError::kNone);
  REQUIRE(sizes_in(directory) == Sizes{{{"a", 1}, 0}});
}

TEST_CASE("describe log dirs: a directory out of use says so") {
  BrokerHarness broker;
  const TopicId id = broker.create_topic("a", 2);
  broker.disk().fail_call(1, ErrorCode::kIo);
  REQUIRE(produce(broker, {.id = id}).error_code == KafkaError::kKafkaStorageError);
  const Directory directory = ask(broker, all());
  REQUIRE(directory.error_code == KafkaError::kKafkaStorageError);
  REQUIRE(directory.topics.empty());
}

}  // namespace
}  // namespace millrace::broker
