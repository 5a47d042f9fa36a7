#include "controller/placement/placement.h"

#include <algorithm>

#include "controller/metadata/apply.h"
#include "tests/support/catch.h"

namespace millrace::controller {
namespace {

/// Brokers 1 to 3, of which those in `fenced` do not serve.
ImagePtr brokers(const std::vector<std::int32_t>& fenced) {
  MetadataTransaction records;
  for (std::int32_t i = 1; i <= 3; ++i) {
    BrokerRecord broker;
    broker.id = NodeId(i);
    broker.directory = DirectoryId(Uuid({static_cast<std::uint8_t>(i)}));
    records.push_back(broker);
    const bool is_fenced = std::count(fenced.begin(), fenced.end(), i) != 0;
    records.push_back(BrokerFenceRecord{broker.id, is_fenced});
  }
  return apply_records(*MetadataImage::empty(), records).value();
}

const std::vector<NodeId> kAll{NodeId(1), NodeId(2), NodeId(3)};

}  // namespace

TEST_CASE("a new partition is led by its first replica that serves") {
  const auto all = new_partition(*brokers({}), kAll);
  REQUIRE(all.leader == NodeId(1));
  REQUIRE(all.isr == kAll);
  REQUIRE(all.directories[2] == DirectoryId(Uuid({3})));
  const auto some = new_partition(*brokers({1}), kAll);
  REQUIRE(some.leader == NodeId(2));
  REQUIRE(some.isr == std::vector{NodeId(2), NodeId(3)});
  REQUIRE(some.replicas == kAll);
  const auto none = new_partition(*brokers({1, 2, 3}), kAll);
  REQUIRE(none.leader == kNoNode);
  REQUIRE(none.isr == std::vector{NodeId(1)});
}

TEST_CASE("more than one replica is refused until there is replication") {
  const auto image = brokers({3});
  REQUIRE_OK(place(*image, nullptr, 4, 1));
  const auto placed = place(*image, nullptr, 40, 1).value();
  for (const auto& replicas : placed) {
    REQUIRE(replicas.front() != NodeId(3));
  }
  const auto refused = place(*image, nullptr, 1, 2);
  REQUIRE_ERROR(refused, ErrorCode::kInvalidReplicationFactor);
  REQUIRE(refused.error().message.find("replication does not exist yet") != std::string::npos);
  REQUIRE_ERROR(place(*brokers({1, 2, 3}), nullptr, 1, 1), ErrorCode::kInvalidReplicationFactor);
  REQUIRE_ERROR(check_assignment(*image, kAll), ErrorCode::kInvalidReplicaAssignment);
  REQUIRE_ERROR(check_assignment(*image, {}), ErrorCode::kInvalidReplicaAssignment);
  REQUIRE_ERROR(check_assignment(*image, {NodeId(9)}), ErrorCode::kInvalidReplicaAssignment);
}

}  // namespace millrace::controller
