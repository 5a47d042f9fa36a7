#pragma once

#include <string>

#include "base/random.h"
#include "controller/metadata/command.h"
#include "controller/metadata/image.h"

namespace millrace::controller {

/// Draws commands that work most of the time, on few names, so that they meet each other.
class Commands {
 public:
  explicit Commands(std::uint64_t seed) : random(seed) { cluster = Uuid::random(random); }

  Command next(const MetadataImage& image) {
    if (image.cluster_id().is_zero() || random.chance(1, 50)) return {FormCluster{cluster}};
    const auto draw = random.below(30);
    if (draw < 6) return {create()};
    if (draw < 9) return {remove(image)};
    if (draw < 12) return {grow()};
    if (draw < 16) return {alter()};
    if (draw < 18) return {register_broker(image)};
    if (draw < 21) return {unfence(image)};
    if (draw < 22) return {AllocateProducerIds{node(), epoch(image)}};
    if (draw < 26) return {heartbeat(image)};
    if (draw < 27) return {death(image)};
    if (draw < 29) return {UnregisterBroker{NodeId(any({1, 2, 3, 3, 4}))}};
    return {features()};
  }

  Random random;
  Uuid cluster;

 private:
  template <class T>
  T any(std::initializer_list<T> values) {
    return *(values.begin() + static_cast<std::ptrdiff_t>(random.below(values.size())));
  }
  std::string name() { return any<const char*>({"a", "b", "c.d", "c_d", "e", "f/g"}); }
  NodeId node() { return NodeId(any({1, 1, 2, 3})); }
  BrokerEpoch epoch(const MetadataImage& image) {
    return image.brokers().empty() ? BrokerEpoch(0) : image.brokers().begin()->second.epoch;
  }

  NewTopic topic() {
    NewTopic topic;
    topic.name = name();
    topic.partitions = any({-1, 1, 2, 70, 0, -2, 20000});
    topic.replication_factor = any<std::int16_t>({-1, -1, 1, 1, 1, 0, 3});
    if (random.chance(1, 3)) topic.configs = {{"retention.ms", any<const char*>({"5", "x", "77"})}};
    return topic;
  }
  CreateTopics create() {
    CreateTopics command;
    for (auto count = 1 + random.below(4); count > 0; --count) command.topics.push_back(topic());
    command.validate_only = random.chance(1, 6);
    return command;
  }
  DeleteTopics remove(const MetadataImage& image) {
    DeleteTopics command;
    for (auto count = 1 + random.below(2); count > 0; --count)
      command.topics.push_back({name(), {}});
    const auto topics = image.topics();
    if (!topics.empty() && random.chance(1, 2)) {
      command.topics.push_back({"", topics[random.below(topics.size())]->id});
    }
    return command;
  }
  CreatePartitions grow() {
    CreatePartitions command;
    for (auto count = 1 + random.below(2); count > 0; --count) {
      command.topics.push_back({name(), any({1, 2, 3, 64, 65, 130, 20000}), {}});
    }
    command.validate_only = random.chance(1, 6);
    return command;
  }
  ConfigChange change() {
    const auto operation =
        any({ConfigOperation::kSet, ConfigOperation::kSet, ConfigOperation::kDelete,
             ConfigOperation::kAppend, ConfigOperation::kSubtract});
    const std::string setting = any<const char*>(
        {"retention.ms", "cleanup.policy", "min.insync.replicas", "num.partitions"});
    std::string value = any<const char*>({"1", "3", "x"});
    if (setting == "cleanup.policy") value = any<const char*>({"compact", "delete", "x"});
    return {setting, operation, value};
  }
  AlterConfigs alter() {
    AlterConfigs command;
    for (auto count = 1 + random.below(2); count > 0; --count) {
      const bool is_topic = random.chance(3, 4);
      AlterConfig resource{
          is_topic ? ConfigResource::kTopic : ConfigResource::kBroker, is_topic ? name() : "", {}};
      for (auto changes = 1 + random.below(2); changes > 0; --changes) {
        resource.changes.push_back(change());
      }
      command.resources.push_back(std::move(resource));
    }
    command.replace_all = random.chance(1, 5);
    if (command.replace_all) {
      for (auto& resource : command.resources) {
        for (auto& each : resource.changes) each.operation = ConfigOperation::kSet;
      }
    }
    command.validate_only = random.chance(1, 6);
    return command;
  }
  RegisterBroker register_broker(const MetadataImage& image) {
    RegisterBroker command;
    command.cluster_id = random.chance(1, 10) ? Uuid() : cluster;
    command.broker.id = node();
    command.broker.incarnation = IncarnationId(Uuid::random(random));
    // Mostly its own directory, sometimes a new one, or another node's.
    auto number = static_cast<std::uint8_t>(command.broker.id.value());
    if (random.chance(1, 8)) number = static_cast<std::uint8_t>(1 + random.below(9));
    command.broker.directory = DirectoryId(Uuid({number}));
    if (random.chance(1, 10)) command.broker.versions = {2, 3};
    const auto* known = image.broker(command.broker.id);
    if (known != nullptr && random.chance(1, 6)) command.broker.incarnation = known->incarnation;
    for (const auto* topic : image.topics()) {
      if (random.chance(1, 6)) command.lost.push_back({topic->id, PartitionIndex(any({0, 1, 99}))});
    }
    return command;
  }
  BrokerHeartbeat heartbeat(const MetadataImage& image) {
    const auto id = node();
    const auto* broker = image.broker(id);
    BrokerHeartbeat command;
    command.id = id;
    command.epoch = broker == nullptr || random.chance(1, 8) ? BrokerEpoch(0) : broker->epoch;
    command.wants_shutdown = random.chance(1, 8);
    return command;
  }
  ReportBrokerDeath death(const MetadataImage& image) {
    const NodeId id(any({1, 2, 3, 4}));
    const auto* broker = image.broker(id);
    if (broker == nullptr || random.chance(1, 4)) return {id, IncarnationId(Uuid::random(random))};
    return {id, broker->incarnation};
  }
  UpdateFeatures features() {
    UpdateFeatures command;
    for (auto count = 1 + random.below(2); count > 0; --count) {
      command.changes.push_back({any<const char*>({"millrace.version", "millrace.version", "x"}),
                                 any<std::int16_t>({1, 1, 1, 0, 2})});
    }
    return command;
  }
  UnfenceBroker unfence(const MetadataImage& image) {
    const auto id = node();
    const auto* broker = image.broker(id);
    if (broker == nullptr || random.chance(1, 8)) return {id, IncarnationId(Uuid::random(random))};
    return {id, broker->incarnation};
  }
};

}  // namespace millrace::controller
