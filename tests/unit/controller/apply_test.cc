#include "controller/metadata/apply.h"

#include "base/random.h"
#include "tests/support/catch.h"

namespace millrace::controller {
namespace {

TopicId id_of(std::uint8_t n) {
  std::array<std::uint8_t, Uuid::kBytes> bytes{};
  bytes[0] = n;  // the last byte chooses the bucket: all in one
  return TopicId(Uuid(bytes));
}

MetadataTransaction make_topic(std::uint8_t n, const std::string& name, int partitions) {
  MetadataTransaction records{TopicRecord{id_of(n), name}};
  for (int i = 0; i < partitions; ++i) {
    records.push_back(PartitionRecord{
        {id_of(n), PartitionIndex(i)},
        {{NodeId(1)}, {NodeId(1)}, NodeId(1), LeaderEpoch(0), PartitionEpoch(0), {}}});
  }
  return records;
}

ImagePtr then(const ImagePtr& image, const MetadataTransaction& records) {
  auto result = apply_records(*image, records);
  REQUIRE_OK(result);
  return *result;
}

}  // namespace

TEST_CASE("apply changes the new image and never the old one") {
  const auto empty = MetadataImage::empty();
  const auto one = then(empty, make_topic(1, "a.b", 2));
  const auto two = then(one, make_topic(2, "c", 3));
  const auto before = two->describe();
  REQUIRE(empty->topic_count() == 0);
  REQUIRE(one->topic("c") == nullptr);
  REQUIRE(two->partition_count() == 5);
  REQUIRE(two->topic(id_of(2))->created_at == Offset(1));
  REQUIRE(two->topic("c")->partitions.size() == 3);
  REQUIRE(two->colliding_topic("a_b")->name == "a.b");
  REQUIRE(two->colliding_topic("a_c") == nullptr);
  REQUIRE(two->partition({id_of(2), PartitionIndex(3)}) == nullptr);
  REQUIRE(two->partition({id_of(2), PartitionIndex(-1)}) == nullptr);

  const auto three = then(two, {ConfigRecord{id_of(2), "retention.ms", "5"},
                                RemoveTopicRecord{id_of(1)}, ConfigRecord{std::nullopt, "x", "y"}});
  REQUIRE(two->describe() == before);
  REQUIRE(three->topic(id_of(1)) == nullptr);
  REQUIRE(three->topic("a.b") == nullptr);
  REQUIRE(three->topic("c")->configs.at("retention.ms") == "5");
  REQUIRE(three->topic(id_of(2)) == three->topic("c"));
  REQUIRE(three->partition_count() == 3);
  REQUIRE(three->topics().size() == 1);
  REQUIRE(three->cluster_configs().at("x") == "y");
  const auto four = then(three, {ConfigRecord{id_of(2), "retention.ms", std::nullopt}});
  REQUIRE(four->topic("c")->configs.empty());
}

TEST_CASE("remove and create again in one transaction") {
  auto image = then(MetadataImage::empty(), make_topic(1, "a", 1));
  auto records = make_topic(2, "a", 2);
  records.insert(records.begin(), RemoveTopicRecord{id_of(1)});
  image = then(image, records);
  REQUIRE(image->topic("a")->id == id_of(2));
  REQUIRE(image->topic(id_of(1)) == nullptr);
  REQUIRE(image->partition_count() == 2);
}

TEST_CASE("records that do not fit are refused") {
  const auto image = then(MetadataImage::empty(), make_topic(1, "a", 1));
  for (const MetadataRecord& record : std::vector<MetadataRecord>{
           TopicRecord{id_of(1), "b"}, TopicRecord{id_of(2), "a"}, RemoveTopicRecord{id_of(2)},
           PartitionRecord{{id_of(1), PartitionIndex(2)}, {}},
           PartitionRecord{{id_of(1), PartitionIndex(-1)}, {}}, ConfigRecord{id_of(2), "a", "b"},
           BrokerFenceRecord{NodeId(1), false}, ProducerIdsRecord{ProducerId(-1)}}) {
    INFO(record.index());
    REQUIRE_ERROR(apply_records(*image, {record}), ErrorCode::kCorrupt);
  }
}

TEST_CASE("a broker's epoch is the offset of its registration") {
  auto image = then(MetadataImage::empty(), {ClusterRecord{id_of(9).uuid()}});
  image = then(image, {BrokerRecord{NodeId(1), "r", {{"PLAINTEXT", "h", 9092}}, {}, {}}});
  REQUIRE(image->broker(NodeId(1))->epoch == BrokerEpoch(1));
  REQUIRE(image->broker(NodeId(1))->fenced);
  image = then(image, {BrokerFenceRecord{NodeId(1), false}});
  REQUIRE(!image->broker(NodeId(1))->fenced);
  REQUIRE_ERROR(apply_records(*image, {ClusterRecord{id_of(8).uuid()}}), ErrorCode::kCorrupt);
}

}  // namespace millrace::controller
