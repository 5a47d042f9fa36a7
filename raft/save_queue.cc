#include "raft/save_queue.h"

#include <algorithm>

#include "base/check.h"

namespace millrace::raft {

std::optional<MonotonicTime> SaveQueue::waiting_since() const {
  if (pending_.empty()) return std::nullopt;
  return pending_.front().since;
}

std::uint64_t SaveQueue::add(Offset end, std::optional<Offset> truncate_to, bool hard_state,
                             MonotonicTime now) {
  if (truncate_to) durable_end_ = std::min(durable_end_, *truncate_to);
  pending_.push_back({++last_, end, truncate_to, now});
  if (hard_state) hard_state_number_ = last_;
  return last_;
}

void SaveQueue::on_saved(std::uint64_t number) {
  CHECK(number <= last_);
  while (!pending_.empty() && pending_.front().number <= number) {
    durable_end_ = pending_.front().end;
    saved_ = pending_.front().number;
    pending_.pop_front();
  }
  for (const Pending& later : pending_) {
    if (later.truncate_to) durable_end_ = std::min(durable_end_, *later.truncate_to);
  }
}

void SaveQueue::on_replaced(Offset end) {
  durable_end_ = end;
  for (Pending& pending : pending_) {
    pending.end = end;
    pending.truncate_to.reset();
  }
}

}  // namespace millrace::raft
