#include "storage/leader_epoch_cache.h"

#include <algorithm>

namespace millrace::storage {

bool LeaderEpochCache::assign(LeaderEpoch epoch, Offset start) {
  while (!entries_.empty()) {
    const EpochEntry& last = entries_.back();
    if (last.epoch == epoch && last.start_offset <= start) return false;
    if (last.epoch < epoch && last.start_offset < start) break;
    entries_.pop_back();
  }
  entries_.push_back({epoch, start});
  return true;
}

LeaderEpochCache::EpochEnd LeaderEpochCache::end_of(LeaderEpoch epoch, Offset log_end) const {
  constexpr EpochEnd kUnknown{kNoLeaderEpoch, kNoOffset};
  if (entries_.empty() || epoch.value() < 0 || epoch > entries_.back().epoch) return kUnknown;
  const auto next = std::upper_bound(
      entries_.begin(), entries_.end(), epoch,
      [](LeaderEpoch wanted, const EpochEntry& entry) { return wanted < entry.epoch; });
  // Older than everything known: all that can be said is that it ended where the log begins.
  if (next == entries_.begin()) return {epoch, next->start_offset};
  const Offset end = next == entries_.end() ? log_end : next->start_offset;
  return {std::prev(next)->epoch, end};
}

LeaderEpoch LeaderEpochCache::epoch_at(Offset offset) const {
  const auto next = std::upper_bound(
      entries_.begin(), entries_.end(), offset,
      [](Offset wanted, const EpochEntry& entry) { return wanted < entry.start_offset; });
  return next == entries_.begin() ? kNoLeaderEpoch : std::prev(next)->epoch;
}

void LeaderEpochCache::cut_end(Offset end) {
  while (!entries_.empty() && entries_.back().start_offset >= end) entries_.pop_back();
}

void LeaderEpochCache::cut_start(Offset start) {
  while (entries_.size() > 1 && entries_[1].start_offset <= start) entries_.erase(entries_.begin());
  if (!entries_.empty() && entries_.front().start_offset < start)
    entries_.front().start_offset = start;
}

LeaderEpochCache LeaderEpochCache::from(std::vector<EpochEntry> entries) {
  LeaderEpochCache cache;
  for (const EpochEntry& entry : entries) {
    if (cache.entries_.empty() || (entry.epoch > cache.entries_.back().epoch &&
                                   entry.start_offset > cache.entries_.back().start_offset)) {
      cache.entries_.push_back(entry);
    }
  }
  return cache;
}

}  // namespace millrace::storage
