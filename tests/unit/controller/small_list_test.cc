#include "controller/metadata/small_list.h"

#include "base/ids.h"
#include "controller/metadata/records.h"
#include "tests/support/catch.h"

namespace millrace::controller {

TEST_CASE("a small list is the vector that it stands for, of any length") {
  for (std::size_t size = 0; size < 12; ++size) {
    std::vector<NodeId> numbers;
    for (std::size_t i = 0; i < size; ++i) numbers.emplace_back(static_cast<std::int32_t>(i));
    const SmallList<NodeId, 4> list = numbers;
    REQUIRE(list.size() == size);
    REQUIRE(list == numbers);
    const std::vector<NodeId> back = list;
    REQUIRE(back == numbers);
    auto longer = list;
    longer.push_back(NodeId(99));
    REQUIRE(longer != list);
    REQUIRE(list == numbers);
  }
}

TEST_CASE("a partition of three replicas needs no memory beside it") {
  // 100,000 partitions at 200 bytes each leave little for their topics.
  static_assert(sizeof(Partition) <= 120);
}

}  // namespace millrace::controller
