#pragma once

#include <string>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "storage/checkpoint_file.h"

namespace millrace::storage {

/// Which leader epoch begins at which offset (KIP-101). Invariant: epochs and start offsets
/// strictly grow. Small: one entry for each epoch that wrote something.
class LeaderEpochCache {
 public:
  struct EpochEnd {
    LeaderEpoch epoch;
    Offset end_offset;
    friend bool operator==(const EpochEnd&, const EpochEnd&) = default;
  };

  /// Notes that a batch of `epoch` begins at `start`. True when that is a new entry.
  /// Entries that it contradicts (same or larger epoch, or start at or after) give way.
  bool assign(LeaderEpoch epoch, Offset start);

  [[nodiscard]] LeaderEpoch latest() const {
    return entries_.empty() ? kNoLeaderEpoch : entries_.back().epoch;
  }

  /// The largest epoch at or below `epoch` and where it ends: the start of the next one, or
  /// `log_end`. {-1, -1} when `epoch` is not known, as OffsetForLeaderEpoch answers it.
  [[nodiscard]] EpochEnd end_of(LeaderEpoch epoch, Offset log_end) const;

  /// The epoch of the record at `offset`; -1 when the cache does not reach that far back.
  [[nodiscard]] LeaderEpoch epoch_at(Offset offset) const;

  /// Forgets what begins at or after `end`.
  void cut_end(Offset end);
  /// Forgets what ends at or before `start`, and moves the first entry up to it.
  void cut_start(Offset start);

  [[nodiscard]] const std::vector<EpochEntry>& entries() const { return entries_; }
  /// Drops entries that do not grow.
  static LeaderEpochCache from(std::vector<EpochEntry> entries);

 private:
  std::vector<EpochEntry> entries_;
};

}  // namespace millrace::storage
