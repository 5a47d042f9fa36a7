#include "controller/metadata/image.h"

#include "controller/metadata/apply.h"
#include "tests/support/catch.h"
#include "tests/unit/controller/random_records.h"

namespace millrace::controller {

TEST_CASE("images share the topics and chunks that did not change") {
  const TopicId first(Uuid({1}));
  const TopicId second(Uuid({2}));
  MetadataTransaction records{TopicRecord{first, "a"}, TopicRecord{second, "b"}};
  for (int i = 0; i < 200; ++i) {
    records.push_back(PartitionRecord{{first, PartitionIndex(i)}, {}});
  }
  const auto before = apply_records(*MetadataImage::empty(), records).value();
  const auto after =
      apply_records(*before, {PartitionRecord{{first, PartitionIndex(70)}, {{NodeId(1)}}}}).value();
  REQUIRE(after->topic("b") == before->topic("b"));
  REQUIRE(after->topic(second) == before->topic("b"));
  const auto& old_partitions = before->topic("a")->partitions;
  const auto& partitions = after->topic("a")->partitions;
  REQUIRE(old_partitions[70].replicas.empty());
  REQUIRE(partitions[70].replicas.size() == 1);
  REQUIRE(partitions.shares(old_partitions, 0));
  REQUIRE(!partitions.shares(old_partitions, 71));
  REQUIRE(partitions.shares(old_partitions, 199));
}

TEST_CASE("the same records make the same image, and never change an older one") {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Random random(seed);
    auto image = MetadataImage::empty();
    auto twin = image;
    std::vector<std::pair<ImagePtr, std::string>> history;
    for (int i = 0; i < 60; ++i) {
      const auto records = random_fitting_transaction(random, *image);
      image = apply_records(*image, records).value();
      twin = apply_records(*twin, records).value();
      history.emplace_back(image, image->describe());
    }
    REQUIRE(twin->describe() == image->describe());
    for (const auto& [old, description] : history) REQUIRE(old->describe() == description);
  }
}

}  // namespace millrace::controller
