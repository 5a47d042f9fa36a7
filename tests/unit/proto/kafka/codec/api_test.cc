#include "proto/kafka/codec/api.h"

#include "tests/support/catch.h"

using namespace millrace;
using namespace millrace::kafka;

TEST_CASE("the table has what Kafka 4.3 offers and our own, in the order of the keys") {
  struct Row {
    std::int16_t key;
    const char* name;
    std::int16_t advertised_min, min, max;
  };
  const std::vector<Row> expected = {{0, "Produce", 0, 3, 13},
                                     {1, "Fetch", 4, 4, 18},
                                     {2, "ListOffsets", 1, 1, 11},
                                     {3, "Metadata", 0, 0, 13},
                                     {10, "FindCoordinator", 0, 0, 6},
                                     {18, "ApiVersions", 0, 0, 4},
                                     {19, "CreateTopics", 2, 2, 7},
                                     {20, "DeleteTopics", 1, 1, 6},
                                     {21, "DeleteRecords", 0, 0, 2},
                                     {22, "InitProducerId", 0, 0, 5},
                                     {23, "OffsetForLeaderEpoch", 2, 2, 4},
                                     {32, "DescribeConfigs", 1, 1, 4},
                                     {33, "AlterConfigs", 0, 0, 2},
                                     {35, "DescribeLogDirs", 1, 1, 5},
                                     {37, "CreatePartitions", 0, 0, 3},
                                     {44, "IncrementalAlterConfigs", 0, 0, 1},
                                     {55, "DescribeQuorum", 0, 0, 2},
                                     {57, "UpdateFeatures", 0, 0, 2},
                                     {60, "DescribeCluster", 0, 0, 2},
                                     {64, "UnregisterBroker", 0, 0, 0},
                                     {74, "ListConfigResources", 0, 0, 1},
                                     {75, "DescribeTopicPartitions", 0, 0, 0},
                                     {80, "AddRaftVoter", 0, 0, 1},
                                     {81, "RemoveRaftVoter", 0, 0, 0},
                                     {10'000, "TransferQuorumLeadership", 0, 0, 0}};
  REQUIRE(all_apis().size() == expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const ApiInfo& api = all_apis()[i];
    INFO(expected[i].name);
    REQUIRE(static_cast<std::int16_t>(api.key) == expected[i].key);
    REQUIRE(api.name == expected[i].name);
    REQUIRE(api.advertised_min == expected[i].advertised_min);
    REQUIRE(api.min == expected[i].min);
    REQUIRE(api.max == expected[i].max);
  }
}

TEST_CASE("look-up by key") {
  REQUIRE(api_info(ApiKey::kFetch).name == "Fetch");
  REQUIRE(api_info(std::int16_t{75})->name == "DescribeTopicPartitions");
  for (const std::int16_t key : {-1, 4, 7, 76, 9'999, 10'001, 32'767})
    REQUIRE(api_info(key) == nullptr);
}

TEST_CASE("a served version is inside the range, ends included") {
  const auto& produce = api_info(ApiKey::kProduce);
  REQUIRE_FALSE(produce.serves(2));
  REQUIRE(produce.serves(3));
  REQUIRE(produce.serves(13));
  REQUIRE_FALSE(produce.serves(14));
}
