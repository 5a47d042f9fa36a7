#include "controller/metadata/item_hash.h"

#include <set>

#include "controller/metadata/apply.h"
#include "controller/metadata/snapshot.h"
#include "tests/support/catch.h"
#include "tests/unit/controller/random_records.h"

namespace millrace::controller {

TEST_CASE("the hash of an item is what the document says") {
  // Worked out by hand from docs/formats/metadata.md, once: it is the same for ever.
  const auto by_hand = [](const std::vector<std::uint8_t>& bytes) {
    std::uint64_t h = 14695981039346656037U;
    for (const auto byte : bytes) h = (h ^ byte) * 1099511628211U;
    h = (h ^ (h >> 30)) * 0xbf58476d1ce4e5b9U;
    h = (h ^ (h >> 27)) * 0x94d049bb133111ebU;
    return h ^ (h >> 31);
  };
  REQUIRE(hash_of_end(Offset(258)) == by_hand({0, 0, 0, 0, 0, 0, 0, 1, 2}));
  REQUIRE(hash_of_feature("ab", 3) == by_hand({4, 0, 0, 0, 2, 'a', 'b', 0, 3}));
  std::vector<std::uint8_t> partition{7};
  partition.insert(partition.end(), 16, 0);                                 // topic id
  partition.insert(partition.end(), {0, 0, 0, 5});                          // index
  partition.insert(partition.end(), {0, 0, 0, 0, 0, 0, 0, 9});              // created at
  partition.insert(partition.end(), {0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2});  // replicas
  partition.insert(partition.end(), {0, 0, 0, 1, 0, 0, 0, 2});              // isr
  partition.insert(partition.end(), {255, 255, 255, 255});                  // leader
  partition.insert(partition.end(), {0, 0, 0, 3, 0, 0, 0, 4});              // epochs
  partition.insert(partition.end(), {0, 0, 0, 0});                          // directories
  const Partition state{{NodeId(1), NodeId(2)}, {NodeId(2)},       kNoNode,
                        LeaderEpoch(3),         PartitionEpoch(4), {}};
  REQUIRE(hash_of({TopicId(), PartitionIndex(5)}, state, Offset(9)) == by_hand(partition));
}

TEST_CASE("items that differ little differ in their hash") {
  std::set<std::uint64_t> hashes;
  std::size_t items = 0;
  const auto add = [&](std::uint64_t hash) {
    ++items;
    hashes.insert(hash);
  };
  for (std::int64_t i = 0; i < 1000; ++i) {
    add(hash_of_end(Offset(i)));
    add(hash_of_producer_ids(ProducerId(i)));
    add(hash_of_config(TopicId(), "a", std::to_string(i)));
    add(hash_of_config(TopicId(), std::to_string(i), "a"));
    add(hash_of({TopicId(), PartitionIndex(static_cast<std::int32_t>(i))}, {}, Offset(0)));
  }
  REQUIRE(hashes.size() == items);
}

TEST_CASE("every change keeps the hash that the whole image has") {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    Random random(seed);
    auto image = MetadataImage::empty();
    REQUIRE(image->state_hash() == computed_state_hash(*image));
    for (int i = 0; i < 80; ++i) {
      image = apply_records(*image, random_fitting_transaction(random, *image)).value();
      INFO("seed " << seed << " step " << i);
      REQUIRE(image->state_hash() == computed_state_hash(*image));
    }
  }
}

}  // namespace millrace::controller
