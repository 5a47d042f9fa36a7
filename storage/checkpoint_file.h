#pragma once

#include <string>
#include <vector>

#include "base/ids.h"
#include "base/result.h"

/// Kafka's text checkpoint files: a version line (0), a count line, then one entry a line.
namespace millrace::storage {

/// `recovery-point-offset-checkpoint`, `log-start-offset-checkpoint`: "topic partition offset".
struct OffsetCheckpointEntry {
  std::string topic;
  PartitionIndex partition;
  Offset offset;
  friend bool operator==(const OffsetCheckpointEntry&, const OffsetCheckpointEntry&) = default;
};

std::string format_offset_checkpoint(const std::vector<OffsetCheckpointEntry>& entries);
/// Errors: kCorrupt, naming the line.
Result<std::vector<OffsetCheckpointEntry>> parse_offset_checkpoint(std::string_view text);

/// `leader-epoch-checkpoint`: "epoch start-offset".
struct EpochEntry {
  LeaderEpoch epoch;
  Offset start_offset;
  friend bool operator==(const EpochEntry&, const EpochEntry&) = default;
};

std::string format_epoch_checkpoint(const std::vector<EpochEntry>& entries);
/// Errors: kCorrupt, naming the line.
Result<std::vector<EpochEntry>> parse_epoch_checkpoint(std::string_view text);

}  // namespace millrace::storage
