#include "controller/metadata/snapshot.h"

#include <set>

#include "controller/metadata/apply.h"
#include "controller/metadata/codec.h"
#include "tests/support/catch.h"
#include "tests/unit/controller/random_records.h"

namespace millrace::controller {

TEST_CASE("an image equals the one that its records make") {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    Random random(seed);
    auto image = MetadataImage::empty();
    for (int i = 0; i < 40; ++i) {
      auto next = apply_records(*image, random_fitting_transaction(random, *image));
      REQUIRE_OK(next);
      image = *next;
    }
    const auto records = records_of(*image);
    const auto loaded = load_image(image->end_offset(), records);
    REQUIRE_OK(loaded);
    REQUIRE((*loaded)->describe() == image->describe());
    REQUIRE(records_of(**loaded) == records);
    REQUIRE(state_hash(**loaded) == state_hash(*image));
    REQUIRE(computed_state_hash(*image) == state_hash(*image));
  }
}

TEST_CASE("a snapshot is cut into parts and remembers no later offset") {
  MetadataTransaction topic{TopicRecord{TopicId(Uuid({1})), "t"}};
  for (int i = 0; i < 2500; ++i) {
    topic.push_back(PartitionRecord{{TopicId(Uuid({1})), PartitionIndex(i)}, {}});
  }
  const auto image = apply_records(*MetadataImage::empty(), topic);
  REQUIRE_OK(image);
  const auto records = records_of(**image);
  REQUIRE(records.size() == 3);
  for (const auto& part : records) REQUIRE(part.size() <= kSnapshotRecordsMax);
  REQUIRE_OK(load_image(Offset(1), records));
  REQUIRE_ERROR(load_image(Offset(0), records), ErrorCode::kCorrupt);
  // A snapshot without the offsets, a log with them.
  REQUIRE_ERROR(load_image(Offset(1), {topic}), ErrorCode::kCorrupt);
  REQUIRE_ERROR(apply_records(**image, records[0]), ErrorCode::kCorrupt);
}

TEST_CASE("the state hash sees every part of the image") {
  const auto empty = MetadataImage::empty();
  std::set<std::uint64_t> hashes{state_hash(*empty)};
  auto image = empty;
  for (const MetadataRecord& record : std::vector<MetadataRecord>{
           ClusterRecord{Uuid({1})}, TopicRecord{TopicId(Uuid({1})), "t"},
           PartitionRecord{{TopicId(Uuid({1})), PartitionIndex(0)}, {}},
           ConfigRecord{std::nullopt, "a", "b"}, ConfigRecord{TopicId(Uuid({1})), "a", "b"},
           BrokerRecord{NodeId(1), "", {}, {}, {}}, BrokerFenceRecord{NodeId(1), false},
           ProducerIdsRecord{ProducerId(7)}, FeatureRecord{"millrace.version", 1},
           RemoveBrokerRecord{NodeId(1)}}) {
    const auto next = apply_records(*image, {record});
    REQUIRE_OK(next);
    image = *next;
    REQUIRE(hashes.insert(state_hash(*image)).second);
    REQUIRE(state_hash(*image) == computed_state_hash(*image));
  }
}

}  // namespace millrace::controller
