#include "controller/liveness/liveness.h"

#include <algorithm>

namespace millrace::controller {

void Liveness::run(MonotonicTime now) {
  if (last_run_ && now - *last_run_ > session_ / 2) {
    for (auto& [id, session] : sessions_) session = {now};
  }
  last_run_ = std::max(last_run_.value_or(now), now);
}

bool Liveness::is_running(NodeId id, MonotonicTime now) const {
  const auto found = sessions_.find(id);
  return found != sessions_.end() && found->second.heard && !is_expired(id, now);
}

bool Liveness::is_expired(NodeId id, MonotonicTime now) const {
  const auto found = sessions_.find(id);
  return found != sessions_.end() && now - found->second.since >= session_;
}

bool Liveness::is_leaving(NodeId id) const {
  const auto found = sessions_.find(id);
  return found != sessions_.end() && found->second.leaving;
}

std::optional<MonotonicTime> Liveness::next_run() const {
  if (sessions_.empty() || !last_run_) return std::nullopt;
  auto next = *last_run_ + session_ / 4;
  for (const auto& [id, session] : sessions_) {
    if (session.leaving) next = std::min(next, *last_run_ + kHandOverPause);
    // One that is over and still here waits for nothing: it is fenced already.
    if (session.since + session_ > *last_run_) next = std::min(next, session.since + session_);
  }
  return next;
}

bool Liveness::take_fast_fence(NodeId id, const std::string& rack, MonotonicTime now) {
  const auto name = rack.empty() ? " node " + std::to_string(id.value()) : rack;
  if (fast_fence_ && fast_fence_->rack != name && now - fast_fence_->at < kFastFenceInterval) {
    return false;
  }
  fast_fence_ = FastFence{name, now};
  return true;
}

}  // namespace millrace::controller
