#include "cli/offline/record_items.h"

#include "tests/support/catch.h"

namespace millrace::cli {
namespace {

using namespace controller;

const TopicId kTopic(Uuid({1}));

TEST_CASE("every kind of record is shown with all that it says") {
  const Partition state{{NodeId(1), NodeId(2)}, {NodeId(1)},       NodeId(1),
                        LeaderEpoch(3),         PartitionEpoch(4), {DirectoryId(Uuid({7}))}};
  const BrokerRecord broker{NodeId(1),
                            "az-a",
                            {{"PLAINTEXT", "h", 9092}},
                            IncarnationId(Uuid({5})),
                            DirectoryId(Uuid({7}))};
  const struct {
    MetadataRecord record;
    const char* json;
  } cases[] = {
      {ClusterRecord{Uuid({9})}, R"({"type":"cluster","cluster_id":"CQAAAAAAAAAAAAAAAAAAAA"})"},
      {TopicRecord{kTopic, "a"},
       R"({"type":"topic","topic_id":"AQAAAAAAAAAAAAAAAAAAAA","name":"a"})"},
      {TopicRecord{kTopic, "a", Offset(8)},
       R"({"type":"topic","topic_id":"AQAAAAAAAAAAAAAAAAAAAA","name":"a","since":8})"},
      {PartitionRecord{{kTopic, PartitionIndex(2)}, state},
       R"({"type":"partition","topic_id":"AQAAAAAAAAAAAAAAAAAAAA","partition":2,)"
       R"("replicas":[1,2],"isr":[1],"leader":1,"leader_epoch":3,"partition_epoch":4,)"
       R"("directories":["BwAAAAAAAAAAAAAAAAAAAA"]})"},
      {RemoveTopicRecord{kTopic}, R"({"type":"remove_topic","topic_id":"AQAAAAAAAAAAAAAAAAAAAA"})"},
      {ConfigRecord{kTopic, "retention.ms", "5"},
       R"({"type":"config","topic_id":"AQAAAAAAAAAAAAAAAAAAAA","name":"retention.ms",)"
       R"("value":"5"})"},
      {ConfigRecord{std::nullopt, "x", std::nullopt},
       R"({"type":"config","topic_id":null,"name":"x","value":null})"},
      {broker, R"({"type":"broker","node_id":1,"rack":"az-a",)"
               R"("endpoints":[{"listener":"PLAINTEXT","host":"h","port":9092}],)"
               R"("incarnation":"BQAAAAAAAAAAAAAAAAAAAA","directory_id":"BwAAAAAAAAAAAAAAAAAAAA",)"
               R"("peer":null,"versions":{"min":1,"max":1}})"},
      {FeatureRecord{"millrace.version", 1},
       R"({"type":"feature","name":"millrace.version","level":1})"},
      {RemoveBrokerRecord{NodeId(3)}, R"({"type":"remove_broker","node_id":3})"},
      {BrokerFenceRecord{NodeId(1), true}, R"({"type":"broker_fence","node_id":1,"fenced":true})"},
      {ProducerIdsRecord{ProducerId(1000)}, R"({"type":"producer_ids","next":1000})"},
  };
  for (const auto& each : cases)
    REQUIRE(records_json({each.record}).dump() == "[" + std::string(each.json) + "]");
  REQUIRE(records_json({}).dump() == "[]");
}

}  // namespace
}  // namespace millrace::cli
