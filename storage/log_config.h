#pragma once

#include <cstdint>

#include "base/ids.h"
#include "storage/write_op.h"

namespace millrace::storage {

/// How one partition's log behaves: the topic's configuration, resolved. Comments name the key and
/// its unit; -1 means no bound where the key allows it.
struct LogConfig {
  std::uint32_t segment_bytes = 1U << 30;  // segment.bytes: a segment rolls before it grows beyond
  std::int64_t segment_ms =
      7 * 86'400'000LL;                // segment.ms: ... or when its first record is this old
  std::int64_t segment_jitter_ms = 0;  // segment.jitter.ms, already drawn for this log
  std::uint32_t index_interval_bytes = 4096;  // index.interval.bytes between two index entries
  std::uint32_t index_bytes_max = 10 << 20;   // segment.index.bytes: a full index rolls the segment
  std::int64_t retention_ms = 7 * 86'400'000LL;  // retention.ms, by the newest record of a segment
  std::int64_t retention_bytes = -1;             // retention.bytes of the whole partition
  bool delete_by_retention = true;               // cleanup.policy contains delete
  Durability durability = Durability::kFsync;    // millrace.durability
  std::uint64_t preallocate_bytes = 0;           // preallocate: reserve whole segments at creation
  std::uint32_t producers_max = 10'000;          // producer ids remembered by this partition
  std::int64_t producer_expiry_ms = 86'400'000;  // producer.id.expiration.ms
};

/// Batches of one segment; more of them roll it. Bounds the sums in memory to 8 MiB a segment.
inline constexpr std::size_t kSumEntriesMax = 1 << 20;

}  // namespace millrace::storage
