#pragma once

#include <array>

#include "base/ids.h"

namespace millrace::node {

/// The metadata log in its log directory.
inline constexpr const char* kMetadataLogDirectory = "__cluster_metadata-0";

/// Kafka's id of its topic, and its only partition.
inline TopicPartitionId metadata_partition() {
  std::array<std::uint8_t, Uuid::kBytes> bytes{};
  bytes.back() = 1;
  return {TopicId(Uuid(bytes)), PartitionIndex(0)};
}

}  // namespace millrace::node
