#include "controller/ops/fencing.h"

#include "tests/unit/controller/ops/three_brokers.h"

namespace millrace::controller {

TEST_CASE("several die in one transaction, and nobody of them leads") {
  const auto image = ThreeBrokers::image(3);
  const auto records = fence(*image, {NodeId(1), NodeId(2)});
  const auto after = apply_records(*image, records).value();
  for (std::int32_t i = 0; i < 3; ++i) {
    REQUIRE(after->partition(partition(i))->leader == NodeId(3));
    REQUIRE(after->partition(partition(i))->isr == nodes({3}));
  }
  REQUIRE(alive_in(*after) == std::set<NodeId>{NodeId(3)});
}

TEST_CASE("unfencing changes only what nobody else leads") {
  const auto image = ThreeBrokers::image(3);
  const auto alone =
      apply_records(*image, fence(*image, {NodeId(1), NodeId(2), NodeId(3)})).value();
  const auto records = unfence(*alone, NodeId(2));
  REQUIRE(records.size() == 2);  // itself, and the partition that it led
  REQUIRE(apply_records(*alone, records).value()->partition(partition(1))->leader == NodeId(2));
  REQUIRE(unfence(*image, NodeId(2)).size() == 1);
}

TEST_CASE("a restart changes what the broker held, and nothing else") {
  const auto image = ThreeBrokers::image(3);
  REQUIRE(restarted(*image, broker(4), {}).empty());
  REQUIRE(restarted(*image, broker(1, 1), {}).size() == 3);
  const auto fenced = apply_records(*image, fence(*image, {NodeId(1)})).value();
  REQUIRE(restarted(*fenced, broker(1, 1), {}).empty());
  REQUIRE(restarted(*fenced, broker(1, 1), {partition(0)}).empty());  // out of the ISR already
}

TEST_CASE("handing over ends with the fence") {
  const auto image = ThreeBrokers::image(3);
  const auto records = hand_over(*image, NodeId(1));
  REQUIRE(std::get<BrokerFenceRecord>(records.back()).id == NodeId(1));
  REQUIRE(apply_records(*image, records).value()->partition(partition(0))->leader == NodeId(2));
}

}  // namespace millrace::controller
