#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "base/ids.h"
#include "storage/write_op.h"

namespace millrace::storage {

inline constexpr std::size_t kOffsetEntryBytes = 8;
inline constexpr std::size_t kTimeEntryBytes = 12;

/// What is known about the inside of one segment: sparse offset and time index in Kafka's formats
/// (`.index`, `.timeindex`), and the sum of every batch. The active segment's grows in memory and
/// reaches the disk when the segment is sealed or checkpointed; a sealed segment's is read when it
/// is needed. Invariant: positions, offsets and timestamps strictly grow within each list.
class SegmentIndex {
 public:
  struct OffsetEntry {
    std::uint32_t relative_offset;  // of the last record of the batch at `position`
    std::uint32_t position;
    friend bool operator==(const OffsetEntry&, const OffsetEntry&) = default;
  };
  struct TimeEntry {
    TimestampMs timestamp;          // the largest up to and with this batch
    std::uint32_t relative_offset;  // last offset of the batch that has it
    friend bool operator==(const TimeEntry&, const TimeEntry&) = default;
  };

  /// Ignored unless both values grow.
  void add_offset(OffsetEntry entry);
  void add_time(TimeEntry entry);
  void add_sum(SumEntry entry);

  /// Where to start looking for `relative_offset`: the position of a batch at or before it.
  [[nodiscard]] std::uint64_t floor_position(std::uint32_t relative_offset) const;
  /// Where to start looking for the first record with at least `timestamp`: relative offset of the
  /// last entry with a smaller one, nothing if there is none. Every record up to it is older.
  [[nodiscard]] std::optional<std::uint32_t> floor_offset_by_time(TimestampMs timestamp) const;

  /// The relative offset of the entry at `position`; 0 when there is none.
  [[nodiscard]] std::uint32_t relative_offset_at(std::uint64_t position) const;
  /// The largest position of an entry at or below `position`, 0 if there is none.
  [[nodiscard]] std::uint64_t entry_at_or_before(std::uint64_t position) const;
  /// Whether every offset entry names a batch that has a sum.
  [[nodiscard]] bool agrees() const;
  /// The sums of batches in [from, to) alone: what one read needs, as a value of its own.
  [[nodiscard]] SegmentIndex sums_between(std::uint64_t from, std::uint64_t to) const;
  /// The position of the first entry above `relative_offset`, or `otherwise`.
  [[nodiscard]] std::uint64_t ceiling_position(std::uint32_t relative_offset,
                                               std::uint64_t otherwise) const;

  /// Drops everything about bytes at or after `position` and offsets at or after `relative_offset`.
  void cut(std::uint32_t relative_offset, std::uint64_t position);

  [[nodiscard]] const std::vector<OffsetEntry>& offsets() const { return offsets_; }
  [[nodiscard]] const std::vector<TimeEntry>& times() const { return times_; }
  [[nodiscard]] const std::vector<SumEntry>& sums() const { return sums_; }

  [[nodiscard]] std::vector<std::uint8_t> encode_offsets() const;
  [[nodiscard]] std::vector<std::uint8_t> encode_times() const;

  /// Reads what the three files hold. Entries after the first that does not grow, or that points
  /// past `segment_bytes`, are ignored: the index can always be built again from the segment.
  static SegmentIndex decode(ByteView offsets, ByteView times, ByteView sums,
                             std::uint64_t segment_bytes);

 private:
  std::vector<OffsetEntry> offsets_;
  std::vector<TimeEntry> times_;
  std::vector<SumEntry> sums_;
};

}  // namespace millrace::storage
