#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <vector>

#include "base/bytes.h"
#include "base/ids.h"
#include "base/result.h"
#include "storage/read_memory.h"
#include "storage/segment_index.h"
#include "storage/write_op.h"

/// Reading a log in two steps: the Log plans on its loop, without I/O; anyone carries the plan out,
/// on the loop from the page cache or on the I/O pool. A plan is a value and stays good while its
/// files exist, whatever happens to the log in the meantime.
namespace millrace::storage {

/// Whole batches of one segment from the one that holds `from`, below `limit`.
struct ReadPlan {
  TopicPartitionId id;
  std::shared_ptr<SegmentFiles> files;
  Offset from;
  Offset limit;              // no batch that begins at or after it
  std::size_t max_bytes;     // of batches returned, but at least one batch (first_batch_bytes_max)
  std::uint64_t position;    // where to start reading; a batch begins there
  std::uint64_t end;         // readable bytes of the segment
  std::uint32_t generation;  // of the log when it planned; see Log::outdated
  /// Index of the segment; null when it has to be read from its files first (then only read_now
  /// works).
  std::shared_ptr<const SegmentIndex> index;
  /// A first batch larger than that is left out, and nothing is returned.
  std::uint64_t first_batch_bytes_max = std::numeric_limits<std::uint64_t>::max();
};

struct ReadResult {
  BytesChain bytes;                 // whole batches, each checked against its CRC and its sum
  Offset next;                      // the offset after them; `from` when there were none
  std::uint64_t next_position = 0;  // in the segment, of the batch that follows them
  /// Set when the index was read: hand it to Log::install.
  std::shared_ptr<SegmentIndex> loaded;
};

/// Reads from the page cache only. Errors: kWouldBlock (use read_now), kCorruptMessage (the first
/// batch does not match its checksums, or is not where it should be; the message names file and
/// byte; a bad batch after good ones only ends what is returned), kNotFound (the file is gone),
/// kIo. After an error ask Log::outdated whether the plan was overtaken before believing it.
Result<ReadResult> read_cached(const ReadPlan& plan, ReadMemory& memory);

/// The same, waiting for the disk. Also loads the index if the plan has none.
Result<ReadResult> read_now(FileSystem& files, const ReadPlan& plan, ReadMemory& memory);
/// ... into memory from the allocator.
Result<ReadResult> read_now(FileSystem& files, const ReadPlan& plan);

/// The first record at or after `plan.from` with a timestamp of at least `timestamp`; waits for the
/// disk.
struct FoundRecord {
  Offset offset = kNoOffset;  // none found: -1
  TimestampMs timestamp = kNoTimestamp;
  LeaderEpoch epoch = kNoLeaderEpoch;
};
Result<FoundRecord> find_by_time(FileSystem& files, const ReadPlan& plan, TimestampMs timestamp);

}  // namespace millrace::storage
