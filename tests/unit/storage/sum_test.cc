#include "storage/sum.h"

#include "base/crc32c.h"
#include "tests/support/catch.h"
#include "tests/support/log_driver.h"

namespace millrace::storage {

TEST_CASE("sums: bind the header to topic and partition") {
  const auto batch = sim::make_batch({});
  const TopicPartitionId id = sim::LogDriver::id();
  const ByteView header = batch.bytes.view().first(61);
  // docs/formats/segment.md: topic id, partition, header.
  std::vector<std::uint8_t> all(id.topic_id.uuid().bytes().begin(),
                                id.topic_id.uuid().bytes().end());
  all.insert(all.end(), {0, 0, 0, 0});
  all.insert(all.end(), header.begin(), header.end());
  REQUIRE(sum_of(id, header) == crc32c(all));

  TopicPartitionId other = id;
  other.partition = PartitionIndex(1);
  REQUIRE(sum_of(other, header) != sum_of(id, header));
  std::vector<std::uint8_t> changed(header.begin(), header.end());
  for (std::size_t i = 0; i < changed.size(); ++i) {
    changed[i] ^= 1;
    REQUIRE(sum_of(id, changed) != sum_of(id, header));
    changed[i] ^= 1;
  }
}

TEST_CASE("sums: entries are eight bytes, big-endian, with growing positions") {
  const std::vector<SumEntry> entries{{0, 0x01020304}, {0x100, 0xfffefdfc}};
  const auto bytes = encode_sums(entries);
  REQUIRE(bytes ==
          std::vector<std::uint8_t>{0, 0, 0, 0, 1, 2, 3, 4, 0, 0, 1, 0, 0xff, 0xfe, 0xfd, 0xfc});
  REQUIRE(decode_sums(bytes) == entries);
  SECTION("half an entry at the end is not one") {
    REQUIRE(decode_sums(ByteView(bytes).first(15)) == std::vector<SumEntry>{entries[0]});
  }
  SECTION("zeros that a power cut left end the list") {
    auto torn = bytes;
    torn.resize(torn.size() + 32);
    REQUIRE(decode_sums(torn) == entries);
  }
  SECTION("found by exact position") {
    REQUIRE(find_sum(entries, 0x100) == entries[1]);
    REQUIRE_FALSE(find_sum(entries, 0xff).has_value());
    REQUIRE_FALSE(find_sum(entries, 0x101).has_value());
    REQUIRE_FALSE(find_sum({}, 0).has_value());
  }
}

}  // namespace millrace::storage
