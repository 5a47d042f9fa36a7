#include "tests/unit/controller/random_records.h"

#include <string>

namespace millrace::controller {
namespace {

std::int32_t number(Random& random) {
  return random.chance(1, 8) ? INT32_MAX : static_cast<std::int32_t>(random.below(100));
}
std::string text(Random& random) {
  std::string text;
  for (auto count = random.below(12); count > 0; --count) {
    text += static_cast<char>('a' + random.below(26));
  }
  return random.chance(1, 10) ? text + "ä€" : text;
}
std::optional<Offset> since(Random& random) {
  if (random.chance(1, 2)) return std::nullopt;
  return Offset(random.chance(1, 8) ? INT64_MAX : static_cast<std::int64_t>(random.below(1000)));
}
std::vector<NodeId> nodes(Random& random) {
  std::vector<NodeId> nodes;
  for (auto count = random.below(4); count > 0; --count) nodes.emplace_back(number(random));
  return nodes;
}

Partition random_partition(Random& random) {
  Partition partition{nodes(random),
                      nodes(random),
                      NodeId(number(random) - 1),
                      LeaderEpoch(number(random)),
                      PartitionEpoch(number(random)),
                      {}};
  if (partition.leader.value() > 90) partition.leader = kNoNode;
  for (std::size_t i = 0; i < partition.replicas.size(); ++i) {
    partition.directories.emplace_back(Uuid::random(random));
  }
  return partition;
}

BrokerRecord random_broker(Random& random) {
  BrokerRecord broker{NodeId(number(random)),
                      text(random),
                      {},
                      IncarnationId(Uuid::random(random)),
                      DirectoryId(Uuid::random(random))};
  for (auto count = random.below(3); count > 0; --count) {
    broker.endpoints.push_back(
        {text(random), text(random), static_cast<std::uint16_t>(random.below(65536))});
  }
  if (random.chance(1, 2)) broker.peer = Endpoint{text(random), text(random), 9093};
  broker.versions.min = static_cast<std::int16_t>(1 + random.below(3));
  broker.versions.max = static_cast<std::int16_t>(broker.versions.min + random.below(3));
  return broker;
}

const Topic* any_topic(Random& random, const MetadataImage& image) {
  const auto topics = image.topics();
  return topics.empty() ? nullptr : topics[static_cast<std::size_t>(random.below(topics.size()))];
}

MetadataTransaction new_topic(Random& random, const MetadataImage& image) {
  const TopicId id(Uuid::random(random));
  std::string name = "t" + std::to_string(image.end_offset().value());
  MetadataTransaction records{TopicRecord{id, std::move(name)}};
  for (std::int32_t i = 0; i < static_cast<std::int32_t>(random.below(5)); ++i) {
    records.push_back(PartitionRecord{{id, PartitionIndex(i)}, random_partition(random)});
  }
  return records;
}

MetadataTransaction change_topic(Random& random, const Topic& topic) {
  const auto count = topic.partitions.size();
  switch (random.below(4)) {
    case 0:
      return {RemoveTopicRecord{topic.id}};
    case 1:
      return {ConfigRecord{topic.id, text(random), text(random)},
              ConfigRecord{topic.id, text(random), std::nullopt}};
    default:
      // One more, or one that is there.
      const PartitionIndex index(static_cast<std::int32_t>(random.below(count + 1)));
      return {PartitionRecord{{topic.id, index}, random_partition(random)}};
  }
}

}  // namespace

MetadataRecord random_record(Random& random) {
  switch (random.below(10)) {
    case 0:
      return ClusterRecord{Uuid::random(random)};
    case 1:
      return TopicRecord{TopicId(Uuid::random(random)), text(random), since(random)};
    case 2:
      return PartitionRecord{{TopicId(Uuid::random(random)), PartitionIndex(number(random))},
                             random_partition(random),
                             since(random)};
    case 3:
      return RemoveTopicRecord{TopicId(Uuid::random(random))};
    case 4: {
      ConfigRecord config{std::nullopt, text(random), std::nullopt};
      if (random.chance(1, 2)) config.topic = TopicId(Uuid::random(random));
      if (random.chance(1, 2)) config.value = text(random);
      return config;
    }
    case 5: {
      auto broker = random_broker(random);
      broker.since = since(random);
      return broker;
    }
    case 6:
      return BrokerFenceRecord{NodeId(number(random)), random.chance(1, 2)};
    case 7:
      return FeatureRecord{text(random), static_cast<std::int16_t>(1 + random.below(9))};
    case 8:
      return RemoveBrokerRecord{NodeId(number(random))};
    default:
      return ProducerIdsRecord{ProducerId(number(random))};
  }
}

MetadataTransaction random_fitting_transaction(Random& random, const MetadataImage& image) {
  if (image.cluster_id().is_zero()) return {ClusterRecord{Uuid::random(random)}};
  const auto* topic = any_topic(random, image);
  const auto draw = random.below(12);
  if (topic == nullptr || draw < 3) return new_topic(random, image);
  if (draw < 7) return change_topic(random, *topic);
  if (draw == 7) {
    auto broker = random_broker(random);
    const auto id = broker.id;
    return {std::move(broker), BrokerFenceRecord{id, random.chance(1, 2)}};
  }
  if (draw == 10 && !image.brokers().empty()) {
    return {RemoveBrokerRecord{image.brokers().begin()->first}};
  }
  if (draw == 11) {
    return {FeatureRecord{"f", static_cast<std::int16_t>(image.end_offset().value() + 1)}};
  }
  if (draw == 8) return {ConfigRecord{std::nullopt, text(random), text(random)}};
  const auto next = image.next_producer_id().value() + 1000;
  return {ProducerIdsRecord{ProducerId(next)}};
}

}  // namespace millrace::controller
