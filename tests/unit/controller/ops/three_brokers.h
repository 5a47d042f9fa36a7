#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "controller/controller.h"
#include "controller/metadata/apply.h"
#include "tests/support/catch.h"

/// Brokers 1 to 3, unfenced, with a topic whose partitions have replicas on all of them, which no
/// command makes yet.
namespace millrace::controller {

inline constexpr Duration kSession = std::chrono::seconds(3);
inline const Uuid kCluster{{1}};

inline DirectoryId directory(std::int32_t number) {
  return DirectoryId(Uuid({static_cast<std::uint8_t>(number)}));
}
inline BrokerRecord broker(std::int32_t number, std::uint8_t incarnation = 0) {
  BrokerRecord record;
  record.id = NodeId(number);
  record.rack = "az-" + std::to_string(number);
  record.incarnation = IncarnationId(Uuid({9, static_cast<std::uint8_t>(number), incarnation}));
  record.directory = directory(number);
  record.peer = Endpoint{"CONTROLLER", "node.test", 9093};
  return record;
}
inline const TopicId kTopic(Uuid({7}));
inline TopicPartitionId partition(std::int32_t index) {
  return {kTopic, PartitionIndex(index)};
}

/// A controller whose log commits at once.
struct ThreeBrokers {
  explicit ThreeBrokers(const Settings& settings = {}, std::int32_t partitions = 3)
      : controller(image(partitions), settings, Random(1)) {
    controller.become_active(now);
  }

  static ImagePtr image(std::int32_t partitions) {
    MetadataTransaction records{ClusterRecord{kCluster}, TopicRecord{kTopic, "t"}};
    for (std::int32_t i = 1; i <= 3; ++i) {
      records.push_back(broker(i));
      records.push_back(BrokerFenceRecord{NodeId(i), false});
    }
    for (std::int32_t i = 0; i < partitions; ++i) {
      Partition state;
      for (std::int32_t r = 0; r < 3; ++r) {
        state.replicas.emplace_back((i + r) % 3 + 1);
        state.directories.push_back(directory((i + r) % 3 + 1));
      }
      state.isr = state.replicas;
      state.leader = state.replicas.front();
      records.push_back(PartitionRecord{partition(i), state});
    }
    return apply_records(*MetadataImage::empty(), records).value();
  }

  template <class Body>
  CommandResult run(Body body) {
    auto output = controller.step(7, Command{std::move(body)}, now);
    if (output.append) ++entries;
    auto replies = controller.on_committed(controller.speculative()->end_offset());
    return *(replies.empty() ? output.replies : replies).at(0).result;
  }
  bool tick() {
    const bool appended = controller.tick(now).append.has_value();
    controller.on_committed(controller.speculative()->end_offset());
    return appended;
  }
  /// Time passes while these brokers beat.
  void pass(Duration time, const std::vector<std::int32_t>& beating) {
    for (const auto end = now + time; now < end;) {
      now += std::chrono::milliseconds(500);
      for (const auto number : beating) beat(number);
      tick();
    }
  }
  CommandResult beat(std::int32_t number, bool wants_shutdown = false) {
    const auto epoch = controller.committed()->broker(NodeId(number))->epoch;
    return run(BrokerHeartbeat{NodeId(number), epoch, Offset(0), wants_shutdown});
  }
  [[nodiscard]] const Partition& state(std::int32_t index) const {
    return *controller.committed()->partition(partition(index));
  }
  [[nodiscard]] bool fenced(std::int32_t number) const {
    return controller.committed()->broker(NodeId(number))->fenced;
  }

  MonotonicTime now{std::chrono::seconds(100)};
  Controller controller;
  int entries = 0;
};

inline std::vector<NodeId> nodes(std::initializer_list<std::int32_t> numbers) {
  std::vector<NodeId> all;
  for (const auto number : numbers) all.emplace_back(number);
  return all;
}

inline void require_refused(const CommandResult& result, ErrorCode code, std::string_view part) {
  REQUIRE(result.error.has_value());
  INFO(result.error->message);
  REQUIRE(result.error->code == code);
  REQUIRE(result.error->message.find(part) != std::string::npos);
}

}  // namespace millrace::controller
