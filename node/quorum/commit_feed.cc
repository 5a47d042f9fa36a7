#include "node/quorum/commit_feed.h"

#include <algorithm>

#include "base/check.h"

namespace millrace::node {

void CommitFeed::on_save(const raft::Save& save) {
  if (save.truncate_to) {
    CHECK(*save.truncate_to >= applied_end_);
    while (!in_memory_.empty() && in_memory_.back().offset >= *save.truncate_to)
      in_memory_.pop_back();
    first_ = std::min(first_, *save.truncate_to);
  }
  for (const auto& entry : save.entries) {
    CHECK(entry.offset == first_ + static_cast<std::int64_t>(in_memory_.size()));
    in_memory_.push_back(entry);
  }
}

void CommitFeed::restart_at(Offset end) {
  CHECK(end >= applied_end_);
  applied_end_ = first_ = end;
  in_memory_.clear();
}

std::vector<raft::Entry> CommitFeed::take(Offset committed_end) {
  std::vector<raft::Entry> entries;
  if (first_ > applied_end_) return entries;  // what comes before them is not here
  while (!in_memory_.empty() && in_memory_.front().offset < committed_end) {
    entries.push_back(std::move(in_memory_.front()));
    in_memory_.pop_front();
    ++first_;
  }
  applied_end_ = std::max(applied_end_, first_);
  return entries;
}

std::optional<Offset> CommitFeed::missing(Offset committed_end) const {
  const bool on_disk = applied_end_ < committed_end && applied_end_ < first_;
  return on_disk ? std::optional(applied_end_) : std::nullopt;
}

std::vector<raft::Entry> CommitFeed::take_read(std::vector<raft::Entry> found,
                                               Offset committed_end) {
  // A snapshot may have come in while the disk was read.
  if (found.empty() || found.front().offset != applied_end_) return {};
  const auto end = std::min(committed_end, first_);
  std::erase_if(found, [end](const raft::Entry& entry) { return entry.offset >= end; });
  applied_end_ = applied_end_ + static_cast<std::int64_t>(found.size());
  return found;
}

}  // namespace millrace::node
