#include "controller/metadata/codec.h"

#include "base/random.h"
#include "tests/support/catch.h"

namespace millrace::controller {
namespace {

MetadataTransaction one_of_each() {
  Random random(3);
  const TopicId topic(Uuid::random(random));
  const DirectoryId directory(Uuid::random(random));
  const Partition state{{NodeId(1), NodeId(2)}, {NodeId(2)},       kNoNode,
                        LeaderEpoch(4),         PartitionEpoch(5), {directory, {}}};
  return {ClusterRecord{Uuid::random(random)},
          TopicRecord{topic, "a"},
          PartitionRecord{{topic, PartitionIndex(3)}, state},
          RemoveTopicRecord{topic},
          ConfigRecord{topic, "retention.ms", "1"},
          ConfigRecord{topic, "retention.ms", std::nullopt},
          ConfigRecord{std::nullopt, "a", ""},
          BrokerRecord{NodeId(1),
                       "r",
                       {{"PLAINTEXT", "h", 65535}},
                       IncarnationId(Uuid::random(random)),
                       directory},
          BrokerFenceRecord{NodeId(1), true},
          ProducerIdsRecord{ProducerId(1000)},
          BrokerRecord{NodeId(2),
                       "",
                       {},
                       {},
                       {},
                       std::nullopt,
                       Endpoint{"CONTROLLER", "h", 9093},
                       VersionRange{2, 5}},
          FeatureRecord{"millrace.version", 2},
          RemoveBrokerRecord{NodeId(2)}};
}

}  // namespace

TEST_CASE("every record survives its encoding") {
  const auto records = one_of_each();
  REQUIRE((decode(encode(records)).value() == records));
  REQUIRE(decode(encode({})).value().empty());
}

TEST_CASE("bytes that are no entry are refused, never trusted") {
  REQUIRE_ERROR(decode({}), ErrorCode::kUnsupportedVersion);
  const auto good = encode(one_of_each());
  Random random(4);
  for (int i = 0; i < 20'000; ++i) {
    auto bad = good;
    bad[random.below(bad.size())] ^= static_cast<std::uint8_t>(1 + random.below(255));
    if (random.chance(1, 4)) bad.resize(random.below(bad.size()));
    const auto decoded = decode(bad);
    if (decoded) REQUIRE((decode(encode(*decoded)).value() == *decoded));
  }
}

}  // namespace millrace::controller
