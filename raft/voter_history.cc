#include "raft/voter_history.h"

#include "base/check.h"

namespace millrace::raft {

const VoterSet& VoterHistory::at(Offset end) const {
  for (auto named = sets_.rbegin(); named != sets_.rend(); ++named) {
    if (named->end <= end) return named->voters;
  }
  return sets_.front().voters;
}

void VoterHistory::append(Offset offset, VoterSet voters) {
  CHECK(offset >= latest_end());
  sets_.push_back({offset + 1, std::move(voters)});
}

void VoterHistory::truncate(Offset end) {
  while (sets_.size() > 1 && sets_.back().end > end) sets_.pop_back();
}

void VoterHistory::compact(Offset start) {
  while (sets_.size() > 1 && sets_[1].end <= start) sets_.erase(sets_.begin());
}

}  // namespace millrace::raft
