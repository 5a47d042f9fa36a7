#include "broker/fetch/session_cache.h"

#include <fmt/format.h>

#include <algorithm>

namespace millrace::broker {

void FetchSession::put(const SessionPartition& partition) {
  const auto found = index_.find(partition.key);
  if (found == index_.end()) {
    partitions_.push_back(partition);
    index_.emplace(partition.key, std::prev(partitions_.end()));
    return;
  }
  SessionPartition& known = *found->second;
  known.fetch_offset = partition.fetch_offset;
  known.current_leader_epoch = partition.current_leader_epoch;
  known.last_fetched_epoch = partition.last_fetched_epoch;
  known.max_bytes = partition.max_bytes;
}

void FetchSession::remove(const SessionKey& key) {
  const auto found = index_.find(key);
  if (found == index_.end()) return;
  partitions_.erase(found->second);
  index_.erase(found);
}

bool FetchSession::note_answer(const SessionKey& key, Offset high_watermark, Offset log_start,
                               bool has_error, bool has_records) {
  const auto found = index_.find(key);
  if (found == index_.end()) return true;
  SessionPartition& partition = *found->second;
  const bool is_new =
      partition.high_watermark != high_watermark || partition.log_start != log_start;
  // After an error the next good answer is news, whatever it says.
  partition.high_watermark = has_error ? kNoOffset : high_watermark;
  partition.log_start = has_error ? kNoOffset : log_start;
  if (has_records) partitions_.splice(partitions_.end(), partitions_, found->second);
  return is_new || has_error || has_records;
}

FetchSession* SessionCache::open(bool uses_topic_ids,
                                 const std::vector<SessionPartition>& partitions, MonotonicTime now,
                                 MonotonicTime idle_since) {
  if (!make_room(partitions.size(), idle_since)) return nullptr;
  std::int32_t id = 0;
  while (id == 0 || sessions_.contains(id)) {
    id = static_cast<std::int32_t>(random_.below(INT32_MAX)) + 1;
  }
  auto session = std::make_unique<FetchSession>(id, uses_topic_ids);
  session->last_used_ = now;
  for (const SessionPartition& partition : partitions) session->put(partition);
  partition_count_ += session->size();
  return (sessions_[id] = std::move(session)).get();
}

bool SessionCache::make_room(std::size_t partitions, MonotonicTime idle_since) {
  while (sessions_.size() >= sessions_max_ || partition_count_ + partitions > partitions_max_) {
    const auto oldest = std::min_element(
        sessions_.begin(), sessions_.end(),
        [](const auto& a, const auto& b) { return a.second->last_used_ < b.second->last_used_; });
    if (oldest == sessions_.end() || oldest->second->last_used_ > idle_since) return false;
    close(oldest->first);
    ++evictions_;
  }
  return true;
}

Result<FetchSession*> SessionCache::resume(std::int32_t id, std::int32_t epoch, bool uses_topic_ids,
                                           MonotonicTime now) {
  FetchSession* const session = find(id);
  if (session == nullptr) {
    return fail(ErrorCode::kFetchSessionIdNotFound, fmt::format("no fetch session {}", id));
  }
  if (session->uses_topic_ids_ != uses_topic_ids) {
    return fail(ErrorCode::kFetchSessionTopicIdError,
                "a session cannot change between topic names and topic ids");
  }
  if (session->next_epoch_ != epoch) {
    return fail(ErrorCode::kInvalidFetchSessionEpoch,
                fmt::format("epoch {} where {} comes next", epoch, session->next_epoch_));
  }
  session->next_epoch_ = epoch == INT32_MAX ? 1 : epoch + 1;
  session->last_used_ = now;
  return session;
}

bool SessionCache::put(FetchSession& session, const SessionPartition& partition) {
  partition_count_ -= session.size();
  session.put(partition);
  partition_count_ += session.size();
  if (partition_count_ <= partitions_max_) return true;
  close(session.id());
  return false;
}

void SessionCache::remove(FetchSession& session, const SessionKey& key) {
  partition_count_ -= session.size();
  session.remove(key);
  partition_count_ += session.size();
}

FetchSession* SessionCache::find(std::int32_t id) {
  const auto found = sessions_.find(id);
  return found == sessions_.end() ? nullptr : found->second.get();
}

void SessionCache::close(std::int32_t id) {
  const auto found = sessions_.find(id);
  if (found == sessions_.end()) return;
  partition_count_ -= found->second->size();
  sessions_.erase(found);
}

std::string SessionCache::describe() const {
  return fmt::format("{} fetch sessions of {} partitions, {} evicted", sessions_.size(),
                     partition_count_, evictions_);
}

}  // namespace millrace::broker
