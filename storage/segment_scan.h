#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/ids.h"
#include "base/result.h"
#include "proto/kafka/records/batch_header.h"
#include "storage/file_system.h"
#include "storage/segment_index.h"

namespace millrace::storage {

/// Where the walk over a segment's batches stopped, and why.
struct ScanEnd {
  std::uint64_t position = 0;        // of the first byte that is not part of a good batch
  Offset next_offset;                // after the last good batch
  std::optional<std::string> fault;  // nothing when the file simply ended there
};

/// Walks whole batches of a segment file from `position` to `size`, checking structure, order of
/// offsets, CRC and, where an entry exists in `sums`, the sum. Calls `on_batch` for each good one.
/// Stops at the first that is not good. Errors: kIo.
struct SegmentScan {
  TopicPartitionId id;
  File& file;
  std::uint64_t position;
  std::uint64_t size;
  Offset next_offset;  // smallest base offset that may come next
  std::span<const SumEntry> sums;

  Result<ScanEnd> run(const std::function<void(const kafka::BatchHeader&, std::uint64_t position,
                                               std::uint32_t sum)>& on_batch);
};

}  // namespace millrace::storage
