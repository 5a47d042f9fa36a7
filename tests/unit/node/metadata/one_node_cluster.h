#pragma once

#include <optional>

#include "base/check.h"
#include "controller/controller.h"
#include "node/metadata_log/metadata_log.h"
#include "tests/support/catch.h"

namespace millrace::node {

/// A metadata log in memory that can be told to fail.
class MemoryLog final : public MetadataLog {
 public:
  [[nodiscard]] Offset end() const override {
    return Offset(static_cast<std::int64_t>(entries.size()));
  }
  Result<controller::ImagePtr> load() override { return controller::MetadataImage::empty(); }
  Result<std::vector<controller::MetadataTransaction>> read(Offset from) override {
    return std::vector<controller::MetadataTransaction>(
        entries.begin() + static_cast<std::ptrdiff_t>(from.value()), entries.end());
  }
  Status append(const controller::MetadataTransaction& records, TimestampMs) override {
    if (failure) return fail(*failure, "the test says so");
    entries.push_back(records);
    return {};
  }
  Status snapshot_if_due(const controller::ImagePtr& image, TimestampMs) override {
    REQUIRE(image->end_offset() == end());
    ++snapshot_offers;
    return {};
  }

  std::vector<controller::MetadataTransaction> entries;
  std::optional<ErrorCode> failure;
  int snapshot_offers = 0;
};

inline const Uuid kTestCluster{{7}};
inline const IncarnationId kTestIncarnation{Uuid({8})};

/// What makes node 1 a registered, unfenced broker.
inline std::vector<controller::Command> commands_of_a_start() {
  controller::BrokerRecord broker;
  broker.id = NodeId(1);
  broker.endpoints = {{"PLAINTEXT", "127.0.0.1", 9092}};
  broker.incarnation = kTestIncarnation;
  return {{controller::FormCluster{kTestCluster}},
          {controller::RegisterBroker{kTestCluster, broker}},
          {controller::UnfenceBroker{NodeId(1), kTestIncarnation}}};
}

inline controller::Command create_topic(const std::string& name, std::int32_t partitions) {
  controller::NewTopic topic;
  topic.name = name;
  topic.partitions = partitions;
  topic.replication_factor = 1;
  return {controller::CreateTopics{{topic}}};
}

inline controller::Command delete_topic(const std::string& name) {
  return {controller::DeleteTopics{{{name, {}}}}};
}

}  // namespace millrace::node
