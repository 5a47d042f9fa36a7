#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>

#include "base/ids.h"
#include "base/result.h"
#include "proto/kafka/records/batch_header.h"
#include "storage/file_system.h"
#include "storage/write_op.h"

namespace millrace::storage {

/// Where the walk over a segment's batches stopped, and why.
struct ScanEnd {
  std::uint64_t position = 0;        // of the first byte that is not part of a good batch
  Offset next_offset;                // after the last good batch
  std::optional<std::string> fault;  // nothing when the file simply ended there
  bool unreadable = false;           // the fault is the disk's: it failed the read
};

/// Walks whole batches of a segment file from `position` to `size`, checking structure, order of
/// offsets and epochs, CRC and the sum. A batch without a recorded sum is taken only where nothing
/// promised it: not below `acked_end`, and only if its offset follows without a gap. Stops at the
/// first batch that is not good.
struct SegmentScan {
  TopicPartitionId id;
  File& file;
  std::uint64_t position;
  std::uint64_t size;
  Offset next_offset;              // of the first batch, or smaller
  std::span<const SumEntry> sums;  // recorded
  Offset acked_end;                // below it every batch must be there and have its sum

  using OnBatch =
      std::function<void(const kafka::BatchHeader&, std::uint64_t position, std::uint32_t sum)>;
  [[nodiscard]] ScanEnd run(const OnBatch& on_batch);
};

}  // namespace millrace::storage
