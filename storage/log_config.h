#pragma once

#include <cstdint>

#include "base/ids.h"
#include "storage/write_op.h"

namespace millrace::storage {

/// How one partition's log behaves: the topic's configuration, resolved. Comments name the key, its
/// unit and its range; -1 means no bound where the key allows it.
struct LogConfig {
  /// segment.bytes, 14 to 2^31-1: a segment rolls before it grows beyond.
  std::uint32_t segment_bytes = 1U << 30;
  /// segment.ms, 1 and more: ... or when its first record was appended so long ago.
  std::int64_t segment_ms = 7 * 86'400'000LL;
  /// segment.jitter.ms, drawn for this log by its owner, 0 to segment_ms: taken off segment_ms, so
  /// that the logs of a topic do not all roll at once.
  std::int64_t segment_jitter_ms = 0;
  /// index.interval.bytes, 0 and more: bytes between two index entries.
  std::uint32_t index_interval_bytes = 4096;
  /// segment.index.bytes, 4 and more: an index file that would grow beyond rolls the segment.
  std::uint32_t index_bytes_max = 10 << 20;
  /// retention.ms, -1 and more: a segment goes when its newest record is older.
  std::int64_t retention_ms = 7 * 86'400'000LL;
  /// retention.bytes, -1 and more: oldest segments go as long as the rest is at least so large.
  std::int64_t retention_bytes = -1;
  /// Whether cleanup.policy contains delete; without it retention does nothing.
  bool delete_by_retention = true;
  /// millrace.durability
  Durability durability = Durability::kFsync;
  /// preallocate: disk space reserved when a segment is created; 0 for none.
  std::uint64_t preallocate_bytes = 0;
  /// Producer ids that one partition remembers, 1 and more; see ProducerState. Given at creation.
  std::uint32_t producers_max = 10'000;
  /// producer.id.expiration.ms, 1 and more.
  std::int64_t producer_expiry_ms = 86'400'000;
};

/// Batches of one segment; more of them roll it. Bounds the sums in memory to 8 MiB a segment.
inline constexpr std::size_t kSumEntriesMax = 1 << 20;

/// A log checkpoints itself when this much, and a sixteenth of the active segment, came since the
/// last time: what recovery has to read of it stays bounded, and so does the writing of index
/// files.
inline constexpr std::uint64_t kCheckpointBytes = 64 << 20;

/// Indexes of sealed segments that a log keeps in memory, beside those whose files are not saved
/// yet.
inline constexpr std::size_t kLoadedIndexesMax = 2;

}  // namespace millrace::storage
