#include "tests/sim/metadata_clients.h"

#include <fmt/format.h>

#include "tests/sim/metadata_oracle.h"

namespace millrace::sim {
namespace {

constexpr std::uint64_t kTopics = 6;
/// Partitions of a topic, at most: images stay small.
constexpr std::int32_t kPartitionsMax = 6;

std::string topic_name(std::uint64_t number) {
  return fmt::format("topic-{}", number);
}

}  // namespace

controller::Command MetadataClients::next(NodeId node, const controller::MetadataImage& here) {
  const auto what = random_.below(10);
  if (what < 2) return create();
  if (what < 3) return remove();
  if (what < 4) return grow(here);
  const auto* broker = here.broker(node);
  if (what < 6 && broker != nullptr) return {controller::AllocateProducerIds{node, broker->epoch}};
  return alter();
}

controller::Command MetadataClients::create() {
  controller::CreateTopics command;
  if (random_.chance(1, 3)) {
    const auto name = kTwins[random_.below(kTwins.size())];
    command.topics = {{std::string(name), 1, 1}, {twin_of(name), 1, 1}};
  } else {
    const auto partitions = static_cast<std::int32_t>(random_.between(1, 3));
    command.topics = {{topic_name(random_.below(kTopics)), partitions, 1}};
  }
  return {std::move(command)};
}

controller::Command MetadataClients::remove() {
  controller::DeleteTopics command;
  if (random_.chance(1, 3)) {
    const auto name = kTwins[random_.below(kTwins.size())];
    command.topics = {{std::string(name), {}}, {twin_of(name), {}}};
  } else {
    command.topics = {{topic_name(random_.below(kTopics)), {}}};
  }
  return {std::move(command)};
}

controller::Command MetadataClients::grow(const controller::MetadataImage& here) {
  const auto name = topic_name(random_.below(kTopics));
  const auto* topic = here.topic(name);
  const auto have = topic == nullptr ? 1 : static_cast<std::int32_t>(topic->partitions.size());
  return {controller::CreatePartitions{{{name, std::min(have + 1, kPartitionsMax), {}}}}};
}

controller::Command MetadataClients::alter() {
  const bool cluster = random_.chance(1, 2);
  controller::AlterConfig resource;
  resource.resource =
      cluster ? controller::ConfigResource::kBroker : controller::ConfigResource::kTopic;
  if (!cluster) resource.name = topic_name(random_.below(kTopics));
  resource.changes = {{cluster ? "log.retention.ms" : "retention.ms",
                       controller::ConfigOperation::kSet, std::to_string(++last_value_)}};
  return {controller::AlterConfigs{{std::move(resource)}}};
}

}  // namespace millrace::sim
