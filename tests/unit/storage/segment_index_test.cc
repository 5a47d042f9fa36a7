#include "storage/segment_index.h"

#include "base/random.h"
#include "storage/sum.h"
#include "tests/support/catch.h"

namespace millrace::storage {
namespace {

SegmentIndex sample() {
  SegmentIndex index;
  for (const std::uint32_t position : {0U, 100U, 200U, 300U, 400U})
    index.add_sum({position, position + 1});
  index.add_offset({9, 100});
  index.add_offset({19, 300});
  index.add_time({TimestampMs(1000), 4});
  index.add_time({TimestampMs(2000), 19});
  return index;
}

}  // namespace

TEST_CASE("segment index: where to begin looking for an offset") {
  const SegmentIndex index = sample();
  const struct {
    std::uint32_t offset;
    std::uint64_t floor, ceiling;
  } cases[] = {{0, 0, 100},    {8, 0, 100},    {9, 100, 300},
               {18, 100, 300}, {19, 300, 777}, {99, 300, 777}};
  for (const auto& each : cases) {
    CAPTURE(each.offset);
    REQUIRE(index.floor_position(each.offset) == each.floor);
    REQUIRE(index.ceiling_position(each.offset, 777) == each.ceiling);
  }
  REQUIRE(SegmentIndex().floor_position(5) == 0);
  REQUIRE(index.entry_at_or_before(99) == 0);
  REQUIRE(index.entry_at_or_before(100) == 100);
  REQUIRE(index.entry_at_or_before(5000) == 300);
}

TEST_CASE("segment index: everything up to the floor of a timestamp is older") {
  const SegmentIndex index = sample();
  REQUIRE_FALSE(index.floor_offset_by_time(TimestampMs(1000)).has_value());
  REQUIRE(index.floor_offset_by_time(TimestampMs(1001)) == 4);
  REQUIRE(index.floor_offset_by_time(TimestampMs(2000)) == 4);
  REQUIRE(index.floor_offset_by_time(TimestampMs(9999)) == 19);
}

TEST_CASE("segment index: entries that do not grow are ignored") {
  SegmentIndex index = sample();
  index.add_offset({19, 500});
  index.add_offset({30, 300});
  index.add_time({TimestampMs(2000), 25});
  index.add_time({TimestampMs(2500), 19});
  REQUIRE(index.offsets().size() == 2);
  REQUIRE(index.times().size() == 2);
}

TEST_CASE("segment index: Kafka's bytes, there and back") {
  const SegmentIndex index = sample();
  REQUIRE(index.encode_offsets() ==
          std::vector<std::uint8_t>{0, 0, 0, 9, 0, 0, 0, 100, 0, 0, 0, 19, 0, 0, 1, 44});
  REQUIRE(index.encode_times() == std::vector<std::uint8_t>{0, 0, 0, 0,    0, 0, 3, 0xe8,
                                                            0, 0, 0, 4,    0, 0, 0, 0,
                                                            0, 0, 7, 0xd0, 0, 0, 0, 19});
  const auto sums = encode_sums(index.sums());
  const auto again = SegmentIndex::decode(index.encode_offsets(), index.encode_times(), sums, 500);
  REQUIRE(again.offsets() == index.offsets());
  REQUIRE(again.times() == index.times());
  REQUIRE(again.sums() == index.sums());

  SECTION("what points past the segment is left out") {
    const auto cut = SegmentIndex::decode(index.encode_offsets(), {}, sums, 300);
    REQUIRE(cut.offsets().size() == 1);
    REQUIRE(cut.sums().size() == 3);
  }
  SECTION("Kafka's preallocated zeros are no entries") {
    auto bytes = index.encode_offsets();
    bytes.resize(bytes.size() + 80);
    REQUIRE(SegmentIndex::decode(bytes, {}, {}, 500).offsets() == index.offsets());
  }
}

TEST_CASE("segment index: a cut leaves what lies wholly before it") {
  SegmentIndex index = sample();
  index.cut(19, 300);
  REQUIRE(index.offsets() == std::vector<SegmentIndex::OffsetEntry>{{9, 100}});
  REQUIRE(index.times() == std::vector<SegmentIndex::TimeEntry>{{TimestampMs(1000), 4}});
  REQUIRE(index.sums().size() == 3);
  REQUIRE(index.agrees());
  index.cut(0, 0);
  REQUIRE(index.offsets().empty());
  REQUIRE(index.times().empty());
  REQUIRE(index.sums().empty());
}

TEST_CASE("segment index: an offset entry without a batch is noticed") {
  SegmentIndex index = sample();
  REQUIRE(index.agrees());
  index.add_offset({40, 401});
  REQUIRE_FALSE(index.agrees());
}

TEST_CASE("segment index: a part has the sums of its range alone") {
  const SegmentIndex part = sample().sums_between(100, 300);
  REQUIRE(part.sums() == std::vector<SumEntry>{{100, 101}, {200, 201}});
  REQUIRE(part.offsets().empty());
  REQUIRE(sample().sums_between(300, 100).sums().empty());
}

}  // namespace millrace::storage
