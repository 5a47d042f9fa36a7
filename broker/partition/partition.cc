#include "broker/partition/partition.h"

#include <fmt/format.h>

#include <algorithm>

namespace millrace::broker {

Partition::Partition(TopicPartitionId id, std::string topic, NodeId self,
                     std::unique_ptr<storage::Log> log)
    : id_(id), topic_(std::move(topic)), self_(self), log_(std::move(log)) {
  if (log_) high_watermark_ = log_->log_start();
}

bool Partition::on_role(const PartitionRole& role, const storage::LogConfig& config,
                        Outbox& outbox) {
  if (log_) log_->set_config(config);
  if (role == role_) return false;
  const bool is_new_epoch = role.leader_epoch != role_.leader_epoch || role.leader != role_.leader;
  role_ = role;
  if (is_new_epoch) {
    replicas_ = ReplicaSet(role.replicas, role.isr, role.min_insync_replicas);
    if (log_) epoch_start_ = log_->log_end();
    if (log_ && is_leader() && !fenced_ && !log_->damage()) log_->start_epoch(role.leader_epoch);
  } else {
    replicas_.commit_isr(role.isr, role.min_insync_replicas);
  }
  if (!is_leader()) {
    waiters_.fail_all({ErrorCode::kNotLeaderOrFollower,
                       fmt::format("node {} leads {}-{} now", role.leader.value(), topic_,
                                   id_.partition.value())},
                      answers(outbox));
  } else if (!replicas_.has_min_isr()) {
    waiters_.fail_replicated({ErrorCode::kNotEnoughReplicasAfterAppend,
                              "the records are stored, but the in-sync replicas became fewer than "
                              "min.insync.replicas"},
                             answers(outbox));
  }
  advance(outbox);
  return is_new_epoch;
}

Status Partition::check_leader(LeaderEpoch asked) const {
  if (asked != kNoLeaderEpoch && asked != role_.leader_epoch) {
    return fail(
        asked < role_.leader_epoch ? ErrorCode::kFencedLeaderEpoch : ErrorCode::kUnknownLeaderEpoch,
        fmt::format("leader epoch {} was asked for, {}-{} is in epoch {}", asked.value(), topic_,
                    id_.partition.value(), role_.leader_epoch.value()));
  }
  if (!is_leader()) {
    return fail(
        ErrorCode::kNotLeaderOrFollower,
        fmt::format("node {} leads {}-{}", role_.leader.value(), topic_, id_.partition.value()));
  }
  if (!log_ || fenced_) {
    return fail(ErrorCode::kStorageError,
                fmt::format("{}-{} has no usable log on this node{}", topic_, id_.partition.value(),
                            fenced_ ? ": " + fenced_->message : ""));
  }
  return {};
}

Status Partition::check_append(std::int16_t acks) const {
  RETURN_IF_ERROR(check_leader(kNoLeaderEpoch));
  if (acks == -1 && !replicas_.has_min_isr()) {
    return fail(
        ErrorCode::kNotEnoughReplicas,
        fmt::format("{} of at least {} replicas of {}-{} are in sync; nothing was stored",
                    role_.isr.size(), role_.min_insync_replicas, topic_, id_.partition.value()));
  }
  return {};
}

void Partition::append(AppendAsk ask, Now now, Outbox& outbox) {
  AppendAnswer answer{ask.asker.token, ask.slot, {}, kNoOffset, kNoTimestamp, kNoOffset};
  Status allowed = check_append(ask.acks);
  const std::uint64_t bytes = ask.batch.bytes.size();
  const auto append_time =
      ask.stamp_append_time ? std::optional(now.wall) : std::optional<TimestampMs>();
  Result<storage::AppendResult> stored = fail(ErrorCode::kStorageError, "");
  if (allowed) {
    stored = log_->append(std::move(ask.batch), role_.leader_epoch, append_time, now.wall);
  } else {
    stored = fail(std::move(allowed).error());
  }
  if (log_) answer.log_start = log_->log_start();
  if (!stored) {
    answer.error = std::move(stored).error();
    outbox.send(ask.asker.shard, std::move(answer));
    return;
  }
  answer.base_offset = stored->first_offset;
  answer.append_time = stored->append_time;
  const Offset end = stored->last_offset + 1;
  if (!stored->duplicate) {
    unwritten_.push_back({end, bytes});
    unread_.push_back({end, bytes});
    unwritten_bytes_ += bytes;
  }
  waiters_.add({ask.asker, std::move(answer), end, ask.acks, ask.deadline});
  if (stored->duplicate) advance(outbox);
}

Partition::ReadStart Partition::begin_read(const FetchPart& ask, bool read_committed,
                                           std::size_t max_bytes) {
  ReadStart start;
  start.part.slot = ask.slot;
  const Status allowed = check_leader(ask.current_leader_epoch);
  if (!allowed) {
    start.part.error = allowed.error();
    return start;
  }
  start.part.high_watermark = high_watermark_;
  start.part.last_stable_offset = last_stable_offset();
  start.part.log_start = log_->log_start();
  const Offset limit = read_committed ? last_stable_offset() : high_watermark_;
  auto plan = log_->plan_read(ask.offset, limit, max_bytes);
  if (!plan) {
    start.part.error = std::move(plan).error();
    return start;
  }
  start.part.diverging = divergence(ask);
  if (!start.part.diverging && max_bytes > 0) start.plan = std::move(*plan);
  return start;
}

std::optional<storage::LeaderEpochCache::EpochEnd> Partition::divergence(
    const FetchPart& ask) const {
  if (ask.last_fetched_epoch == kNoLeaderEpoch) return std::nullopt;
  const auto end = log_->epochs().end_of(ask.last_fetched_epoch, log_->log_end());
  if (end.epoch == ask.last_fetched_epoch && end.end_offset >= ask.offset) return std::nullopt;
  return end;
}

void Partition::keep_index(const storage::ReadPlan& plan,
                           std::shared_ptr<storage::SegmentIndex> index) {
  if (log_) log_->install(plan, std::move(index));
}

bool Partition::is_outdated(const storage::ReadPlan& plan) const {
  return !log_ || log_->outdated(plan);
}

std::variant<OffsetAnswer, FindByTime> Partition::find_offset(const OffsetAsk& ask) {
  constexpr std::int64_t kLatest = -1;
  constexpr std::int64_t kEarliest = -2;
  constexpr std::int64_t kMaxTimestamp = -3;
  constexpr std::int64_t kEarliestLocal = -4;
  OffsetAnswer answer{ask.asker.token, ask.slot, {}, {}};
  const Status allowed = check_leader(ask.current_leader_epoch);
  const Offset end = ask.read_committed ? last_stable_offset() : high_watermark_;
  TimestampMs wanted(ask.timestamp);
  if (!allowed) {
    answer.error = allowed.error();
  } else if (ask.timestamp == kLatest && high_watermark_ < epoch_start_) {
    answer.error = Error{ErrorCode::kOffsetNotAvailable,
                         "the new leader does not know yet how far its records are committed"};
  } else if (ask.timestamp == kLatest) {
    answer.found = {end, kNoTimestamp, role_.leader_epoch};
  } else if (ask.timestamp == kEarliest || ask.timestamp == kEarliestLocal) {
    const Offset start = log_->log_start();
    answer.found = {start, kNoTimestamp, log_->epochs().epoch_at(start)};
  } else {
    if (ask.timestamp == kMaxTimestamp) wanted = log_->max_timestamp().timestamp;
    if (wanted < TimestampMs(0)) return answer;  // nothing there, or a tier that we do not have
    auto plans = log_->plan_find_by_time(wanted, end);
    if (!plans.empty()) return FindByTime{std::move(plans), wanted};
  }
  return answer;
}

EpochAnswer Partition::end_of_epoch(const EpochAsk& ask) const {
  EpochAnswer answer{ask.asker.token, ask.slot, {}, {kNoLeaderEpoch, kNoOffset}};
  const Status allowed = check_leader(ask.current_leader_epoch);
  if (!allowed) {
    answer.error = allowed.error();
  } else if (ask.epoch == role_.leader_epoch) {
    answer.end = {ask.epoch, log_->log_end()};  // also before the first record of this epoch
  } else {
    answer.end = log_->epochs().end_of(ask.epoch, log_->log_end());
  }
  return answer;
}

DeleteRecordsAnswer Partition::delete_records(const DeleteRecordsAsk& ask) {
  DeleteRecordsAnswer answer{ask.asker.token, ask.slot, {}, kNoOffset};
  const Offset offset = ask.offset == kNoOffset ? high_watermark_ : ask.offset;
  const Status allowed = check_leader(kNoLeaderEpoch);
  if (!allowed) {
    answer.error = allowed.error();
  } else if (!log_->config().delete_by_retention) {
    answer.error = Error{ErrorCode::kPolicyViolation,
                         "cleanup.policy of topic " + topic_ +
                             " does not contain delete; records go only by compaction"};
  } else if (offset < Offset(0) || offset > high_watermark_) {
    answer.error = Error{
        ErrorCode::kOffsetOutOfRange,
        fmt::format("offset {} is outside [0, {}]", ask.offset.value(), high_watermark_.value())};
  } else {
    log_->delete_records(offset);
    answer.log_start = log_->log_start();
  }
  return answer;
}

std::uint64_t Partition::pop_below(std::deque<Appended>& appended, Offset end) {
  std::uint64_t bytes = 0;
  while (!appended.empty() && appended.front().end_offset <= end) {
    bytes += appended.front().bytes;
    appended.pop_front();
  }
  return bytes;
}

Offset Partition::acked_end() const {
  const bool counts_written = log_->config().durability == storage::Durability::kMemory;
  const Offset end = counts_written ? log_->written_end() : log_->durable_end();
  return log_->damage() ? std::min(end, log_->damage()->first_offset) : end;
}

void Partition::advance(Outbox& outbox) {
  if (!log_ || fenced_ || !is_leader()) return;
  unwritten_bytes_ -= pop_below(unwritten_, log_->written_end());
  replicas_.advance(self_, acked_end());
  const Offset before = high_watermark_;
  high_watermark_ = replicas_.high_watermark(before);
  CHECK_MSG(high_watermark_ >= before && high_watermark_ <= log_->log_end(), describe());
  growth_ += pop_below(unread_, high_watermark_);
  waiters_.complete({log_->written_end(), acked_end(), high_watermark_}, log_->log_start(),
                    answers(outbox));
}

void Partition::on_event(const storage::LogWritten& event, Outbox& outbox) {
  log_->on_written(event);
  advance(outbox);
}

void Partition::on_event(const storage::LogDurable& event, Outbox& outbox) {
  log_->on_durable(event);
  advance(outbox);
}

void Partition::on_event(const storage::LogTruncated& event, Outbox& outbox) {
  log_->on_truncated(event);
  advance(outbox);
}

void Partition::on_event(const storage::FileReplaced& /*event*/, Outbox& /*outbox*/) {}

void Partition::on_event(const storage::SegmentSaved& event, Outbox& /*outbox*/) {
  log_->on_saved(event);
}

void Partition::on_event(const storage::LogWriteFailed& event, Outbox& outbox) {
  log_->on_write_failed(event);
  const Offset end = log_->log_end();
  const auto is_gone = [&](const Appended& appended) { return appended.end_offset > end; };
  for (const Appended& appended : unwritten_) {
    if (is_gone(appended)) unwritten_bytes_ -= appended.bytes;
  }
  std::erase_if(unwritten_, is_gone);
  std::erase_if(unread_, is_gone);
  waiters_.fail_from(end, event.error, answers(outbox));
  advance(outbox);
}

void Partition::on_event(const storage::DirectoryFenced& event, Outbox& outbox) {
  fenced_ = event.error;
  if (log_) log_->on_fenced(event.error);
  unwritten_.clear();
  unread_.clear();
  unwritten_bytes_ = 0;
  fail_waiters({ErrorCode::kStorageError,
                "the log directory failed and is out of use: " + event.error.message},
               outbox);
}

void Partition::fail_waiters(const Error& error, Outbox& outbox) {
  waiters_.fail_all(error, answers(outbox));
}

void Partition::expire_waiters(MonotonicTime now, Outbox& outbox) {
  waiters_.expire(now, answers(outbox));
}

void Partition::maintain(TimestampMs now) {
  if (!log_ || fenced_) return;
  log_->apply_retention(now, high_watermark_);
  log_->expire_producers(now);
}

void Partition::retry_after_no_space() {
  if (log_) log_->resume();
}

void Partition::close() {
  if (!log_ || fenced_) return;
  log_->close();
}

std::vector<storage::WriteOp> Partition::take_ops() {
  return log_ ? log_->take_ops() : std::vector<storage::WriteOp>();
}

ProduceWaiters::Answer Partition::answers(Outbox& outbox) const {
  return [&outbox](ShardIndex to, AppendAnswer answer) { outbox.send(to, std::move(answer)); };
}

bool Partition::is_offline() const {
  return !log_ || fenced_ || log_->damage();
}

PartitionStats Partition::stats() const {
  PartitionStats stats;
  stats.topic = topic_;
  stats.id = id_;
  stats.high_watermark = high_watermark_;
  if (log_) {
    stats.log_start = log_->log_start();
    stats.log_end = log_->log_end();
    stats.bytes = log_->bytes();
    stats.segments = log_->segment_count();
  }
  stats.is_leader = is_leader();
  stats.is_offline = is_offline();
  stats.replica_count = role_.replicas.size();
  stats.isr_count = role_.isr.size();
  stats.min_insync_replicas = role_.min_insync_replicas;
  return stats;
}

std::string Partition::describe() const {
  std::string text = fmt::format(
      "partition {}-{} {} epoch={} leader={} hw={} replicas={} waiting={} unwritten={}{}", topic_,
      id_.partition.value(), id_.topic_id.to_string(), role_.leader_epoch.value(),
      role_.leader.value(), high_watermark_.value(), replicas_.describe(), waiters_.size(),
      unwritten_bytes_, is_offline() ? " offline" : "");
  if (log_) text += "\n  " + log_->describe();
  return text;
}

}  // namespace millrace::broker
