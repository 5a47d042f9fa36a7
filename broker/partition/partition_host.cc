#include "broker/partition/partition_host.h"

#include <fmt/format.h>

#include <algorithm>

namespace millrace::broker {

namespace {

const Error kNotHere{ErrorCode::kNotLeaderOrFollower, "the partition is not on this node"};

}  // namespace

Partition* PartitionHost::find(const TopicPartitionId& id) {
  const auto found = partitions_.find(id);
  return found == partitions_.end() ? nullptr : found->second.get();
}

FetchJob::Find PartitionHost::finder() {
  return [this](const TopicPartitionId& id) { return find(id); };
}

void PartitionHost::tell(const std::vector<Asker>& askers) {
  for (const Asker& asker : askers) outbox_.send(asker.shard, WatchFired{asker.token});
}

/// After anything that happened to a partition: passes on what it wants done.
void PartitionHost::settle(Partition& partition) {
  for (auto& op : partition.take_ops()) outbox_.writes.push_back(std::move(op));
  if (const std::uint64_t growth = partition.take_growth(); growth > 0) {
    tell(watches_.on_growth(partition.id(), growth));
  }
  std::uint64_t& unwritten = unwritten_[partition.id()];
  unwritten_bytes_ += partition.unwritten_bytes() - unwritten;
  unwritten = partition.unwritten_bytes();
  if (unwritten == 0) unwritten_.erase(partition.id());
  if (partition.has_waiters()) {
    with_waiters_.insert(partition.id());
  } else {
    with_waiters_.erase(partition.id());
  }
}

void PartitionHost::on_metadata(const std::vector<HostedPartition>& assigned,
                                std::vector<OpenedLog> opened) {
  remove_unassigned(assigned);
  for (OpenedLog& log : opened) {
    partitions_[log.id] =
        std::make_unique<Partition>(log.id, std::move(log.topic), node_, std::move(log.log));
  }
  for (const HostedPartition& hosted : assigned) {
    auto& partition = partitions_[hosted.id];
    if (!partition) {
      partition = std::make_unique<Partition>(hosted.id, hosted.topic, node_, nullptr);
    }
    if (partition->on_role(hosted.role, hosted.config, outbox_))
      tell(watches_.on_change(hosted.id));
    settle(*partition);
  }
  publish_offline();
}

void PartitionHost::remove_unassigned(const std::vector<HostedPartition>& assigned) {
  std::set<TopicPartitionId> kept;
  for (const HostedPartition& hosted : assigned) kept.insert(hosted.id);
  for (auto at = partitions_.begin(); at != partitions_.end();) {
    if (kept.contains(at->first)) {
      ++at;
      continue;
    }
    const TopicPartitionId id = at->first;
    at->second->fail_waiters(
        {ErrorCode::kUnknownTopicOrPartition, "the partition was deleted or moved away"}, outbox_);
    settle(*at->second);
    tell(watches_.on_change(id));
    unwritten_bytes_ -= at->second->unwritten_bytes();
    unwritten_.erase(id);
    with_waiters_.erase(id);
    at = partitions_.erase(at);
    outbox_.let_go.push_back(id);
  }
}

void PartitionHost::publish_offline() {
  std::set<TopicPartitionId> offline;
  for (const auto& [id, partition] : partitions_) {
    if (partition->is_offline()) offline.insert(id);
  }
  if (offline == offline_) return;
  offline_ = std::move(offline);
  for (std::size_t shard = 0; shard < shard_count_; ++shard) {
    outbox_.send(ShardIndex(static_cast<std::uint16_t>(shard)), OfflineChanged{self_, offline_});
  }
}

void PartitionHost::on_ask(Now now, AppendAsk ask) {
  AppendAnswer refusal{ask.asker.token, ask.slot, {}, kNoOffset, kNoTimestamp, kNoOffset};
  Partition* const partition = find(ask.id);
  if (partition == nullptr) {
    refusal.error = kNotHere;
  } else if (unwritten_bytes_ > unwritten_bytes_max_) {
    refusal.error = Error{ErrorCode::kLimitReached,
                          fmt::format("{} bytes wait to be written; nothing was stored, try again",
                                      unwritten_bytes_)};
  }
  if (refusal.error) {
    outbox_.send(ask.asker.shard, std::move(refusal));
    return;
  }
  partition->append(std::move(ask), now, outbox_);
  settle(*partition);
}

void PartitionHost::on_ask(FetchAsk ask) {
  go_on(FetchJob(std::move(ask)));
}

void PartitionHost::go_on(FetchJob job) {
  auto plan = job.run(finder(), read_memory_);
  if (!plan) {
    outbox_.send(job.asker(), job.take_answer());
    return;
  }
  const std::uint64_t token = next_token_++;
  cold_waiters_.emplace(token, std::move(job));
  cold_reads_.start({token, std::move(*plan)}, outbox_);
}

void PartitionHost::on_ask(WatchAsk ask) {
  std::vector<TopicPartitionId> parts;
  bool has_changed = false;
  for (const auto& [id, high_watermark] : ask.parts) {
    const Partition* const partition = find(id);
    has_changed =
        has_changed || partition == nullptr || partition->high_watermark() != high_watermark;
    parts.push_back(id);
  }
  if (has_changed) {
    tell({ask.asker});
  } else {
    watches_.add(ask.asker, parts, ask.bytes);
  }
}

void PartitionHost::on_ask(WatchCancel ask) {
  watches_.cancel(ask.asker);
}

void PartitionHost::on_ask(OffsetAsk ask) {
  Partition* const partition = find(ask.id);
  if (partition == nullptr) {
    outbox_.send(ask.asker.shard, OffsetAnswer{ask.asker.token, ask.slot, kNotHere, {}});
    return;
  }
  auto found = partition->find_offset(ask);
  if (auto* answer = std::get_if<OffsetAnswer>(&found)) {
    outbox_.send(ask.asker.shard, std::move(*answer));
    return;
  }
  const std::uint64_t token = next_token_++;
  auto& search = std::get<FindByTime>(found);
  cold_waiters_.emplace(token, OffsetSearch{std::move(ask), search.plans});
  cold_reads_.start({token, std::move(search)}, outbox_);
}

void PartitionHost::on_ask(EpochAsk ask) {
  const Partition* const partition = find(ask.id);
  outbox_.send(ask.asker.shard, partition != nullptr
                                    ? partition->end_of_epoch(ask)
                                    : EpochAnswer{ask.asker.token, ask.slot, kNotHere});
}

void PartitionHost::on_ask(DeleteRecordsAsk ask) {
  Partition* const partition = find(ask.id);
  if (partition == nullptr) {
    outbox_.send(ask.asker.shard,
                 DeleteRecordsAnswer{ask.asker.token, ask.slot, kNotHere, kNoOffset});
    return;
  }
  outbox_.send(ask.asker.shard, partition->delete_records(ask));
  settle(*partition);
}

void PartitionHost::on_ask(SizeAsk ask) {
  const Partition* const partition = find(ask.id);
  SizeAnswer answer{ask.asker.token, ask.slot, {}, 0};
  if (partition == nullptr || partition->log() == nullptr) {
    answer.error = kNotHere;
  } else if (const auto& fenced = partition->fenced()) {
    answer.error = Error{ErrorCode::kStorageError, fenced->message};
  } else {
    answer.bytes = partition->bytes();
  }
  outbox_.send(ask.asker.shard, std::move(answer));
}

void PartitionHost::on_report(const WriterReport& report) {
  for (const storage::WriterEvent& event : report.events) {
    if (const auto* fenced = std::get_if<storage::DirectoryFenced>(&event)) {
      fence(*fenced);
      continue;
    }
    std::visit(
        [this]<class Event>(const Event& one) {
          if constexpr (!std::is_same_v<Event, storage::DirectoryFenced>) {
            Partition* const partition = find(one.log.id);
            if (partition == nullptr || partition->log() == nullptr) return;  // deleted meanwhile
            partition->on_event(one, outbox_);
            settle(*partition);
          }
        },
        event);
  }
}

void PartitionHost::fence(const storage::DirectoryFenced& event) {
  for (auto& [id, partition] : partitions_) {
    partition->on_event(event, outbox_);
    settle(*partition);
    tell(watches_.on_change(id));
  }
  publish_offline();
}

void PartitionHost::on_cold_done(ColdDone done) {
  cold_reads_.finish(outbox_);
  const auto waiter = cold_waiters_.find(done.token);
  CHECK(waiter != cold_waiters_.end());
  auto waiting = std::move(waiter->second);
  cold_waiters_.erase(waiter);
  if (auto* job = std::get_if<FetchJob>(&waiting)) {
    job->on_read(finder(), std::move(std::get<Result<storage::ReadResult>>(done.result)));
    go_on(std::move(*job));
    return;
  }
  finish(std::move(std::get<OffsetSearch>(waiting)),
         std::move(std::get<Result<storage::FoundRecord>>(done.result)));
}

void PartitionHost::finish(OffsetSearch search, Result<storage::FoundRecord> found) {
  const Partition* const partition = find(search.ask.id);
  const bool is_outdated =
      partition == nullptr ||
      std::any_of(search.plans.begin(), search.plans.end(),
                  [&](const auto& plan) { return partition->is_outdated(plan); });
  if (is_outdated) {
    on_ask(std::move(search.ask));
    return;
  }
  OffsetAnswer answer{search.ask.asker.token, search.ask.slot, {}, {}};
  if (found) {
    answer.found = *found;
  } else {
    answer.error = std::move(found).error();
    if (answer.error->code == ErrorCode::kIo) answer.error->code = ErrorCode::kStorageError;
  }
  outbox_.send(search.ask.asker.shard, std::move(answer));
}

void PartitionHost::on_tick(Now now) {
  const std::vector<TopicPartitionId> waiting(with_waiters_.begin(), with_waiters_.end());
  for (const TopicPartitionId& id : waiting) {
    Partition& partition = *find(id);
    partition.expire_waiters(now.mono, outbox_);
    settle(partition);
  }
  if (now.mono >= next_space_retry_) {
    next_space_retry_ = now.mono + kNoSpaceRetry;
    for (auto& [id, partition] : partitions_) partition->retry_after_no_space();
  }
  if (now.mono >= next_retention_) {
    next_retention_ = now.mono + kRetentionInterval;
    for (auto& [id, partition] : partitions_) {
      partition->maintain(now.wall);
      settle(*partition);
    }
  }
}

void PartitionHost::close() {
  for (auto& [id, partition] : partitions_) {
    partition->close();
    settle(*partition);
    partition->fail_waiters({ErrorCode::kNotLeaderOrFollower, "the node stops"}, outbox_);
    settle(*partition);
  }
}

std::size_t PartitionHost::waiting_appends() const {
  std::size_t waiting = 0;
  for (const auto& id : with_waiters_) waiting += partitions_.at(id)->waiter_count();
  return waiting;
}

std::string PartitionHost::describe() const {
  std::string text = fmt::format("{} partitions, {} bytes unwritten, {} watches, {}+{} disk reads",
                                 partitions_.size(), unwritten_bytes_, watches_.size(),
                                 cold_reads_.running(), cold_reads_.waiting());
  for (const auto& [id, partition] : partitions_) text += "\n" + partition->describe();
  return text;
}

}  // namespace millrace::broker
