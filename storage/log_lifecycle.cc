#include <fmt/format.h>

#include <algorithm>

#include "storage/log.h"

/// How a log rolls, shrinks and is put to rest.
namespace millrace::storage {

void Log::roll() {
  if (active().bytes == 0 || truncating_) return;  // a cut comes first
  seal(active());
  open_segment(log_end());
  snapshot_producers();
}

void Log::seal(LogSegment& segment) {
  finish_time_index(segment);
  ops_.push_back(SealSegmentOp{ref(), segment.files, segment.bytes, segment.index->encode_offsets(),
                               segment.index->encode_times()});
}

void Log::open_segment(Offset base) {
  LogSegment segment;
  segment.files = std::make_shared<SegmentFiles>(SegmentFiles{state_.directory, base, nullptr});
  segment.end_offset = base;
  segment.index = std::make_shared<SegmentIndex>();
  checkpointed_bytes_ = 0;
  ops_.push_back(CreateSegmentOp{ref(), segment.files, config_.preallocate_bytes});
  state_.segments.push_back(std::move(segment));
}

void Log::snapshot_producers() {
  if (!state_.snapshots.empty() && state_.snapshots.back() == log_end()) return;
  ops_.push_back(ReplaceFileOp{ref(), snapshot_path(state_.directory, log_end()),
                               encode_producer_snapshot(state_.producers)});
  state_.snapshots.push_back(log_end());
  if (auto stale = forget_snapshots(); !stale.empty())
    ops_.push_back(DeleteSegmentsOp{ref(), {}, log_start(), std::move(stale)});
}

/// The newest snapshot is the one that recovery wants; those at the beginning of a segment are what
/// a truncation or a broken newest one would need. All others go.
std::vector<std::string> Log::forget_snapshots() {
  std::vector<std::string> stale;
  auto& snapshots = state_.snapshots;
  std::erase_if(snapshots, [&](Offset at) {
    const bool needed =
        at == snapshots.back() || state_.segments[segment_holding(at)].files->base_offset == at;
    if (!needed) stale.push_back(snapshot_path(state_.directory, at));
    return !needed;
  });
  return stale;
}

void Log::checkpoint() {
  if (state_.damage || refusal_ || truncating_ || checkpointed_ == log_end()) return;
  checkpointed_ = log_end();
  checkpointed_bytes_ = active().bytes;
  if (active().bytes > 0) seal(active());  // appends may follow: the files are replaced whole
  snapshot_producers();
}

void Log::maybe_checkpoint() {
  const std::uint64_t bytes = active().bytes;
  if (bytes - std::min(bytes, checkpointed_bytes_) >= std::max(kCheckpointBytes, bytes / 16))
    checkpoint();
}

void Log::close() {
  checkpoint();
  flush();
}

void Log::flush() {
  ops_.push_back(FlushOp{ref(), log_end()});
}

void Log::expire_producers(TimestampMs now) {
  state_.producers.expire(now, config_.producer_expiry_ms);
}

void Log::delete_records(Offset offset) {
  CHECK(offset <= log_end());
  if (offset <= log_start()) return;
  remove_segments_below(offset);
}

void Log::remove_segments_below(Offset offset) {
  state_.log_start = offset;
  state_.epochs.cut_start(offset);
  durable_end_ = std::max(durable_end_, offset);
  DeleteSegmentsOp op{ref(), {}, offset, {}};
  while (state_.segments.size() > 1 && state_.segments.front().end_offset <= offset) {
    op.segments.push_back(state_.segments.front().files);
    std::erase(loaded_, state_.segments.front().files->base_offset);
    state_.segments.erase(state_.segments.begin());
  }
  op.stale_files = forget_snapshots();
  ops_.push_back(std::move(op));
}

bool Log::apply_retention(TimestampMs now, Offset high_watermark) {
  if (!config_.delete_by_retention || state_.damage || refusal_ || truncating_) return false;
  const auto expired = [&](const LogSegment& segment) {
    return config_.retention_ms >= 0 && segment.bytes > 0 && segment.end_offset <= high_watermark &&
           segment.max_timestamp != kNoTimestamp &&
           now - segment.max_timestamp > config_.retention_ms;
  };
  if (expired(active()) && pending_.empty()) roll();
  Offset keep_from = log_start();
  std::uint64_t left = bytes();
  for (std::size_t i = 0; i + 1 < state_.segments.size(); ++i) {
    const LogSegment& segment = state_.segments[i];
    const bool too_big =
        config_.retention_bytes >= 0 &&
        left - segment.bytes >= static_cast<std::uint64_t>(config_.retention_bytes);
    if (segment.end_offset > high_watermark || !(expired(segment) || too_big)) break;
    keep_from = state_.segments[i + 1].files->base_offset;
    left -= segment.bytes;
  }
  if (keep_from <= log_start()) return false;
  remove_segments_below(keep_from);
  return true;
}

TruncationPlan Log::plan_truncate(Offset end, TimestampMs now) {
  CHECK_MSG(end >= log_start() && end < log_end() && pending_.empty(), describe());
  constexpr std::size_t kHeadersAtATime = 64 * 1024;
  const std::size_t number = segment_holding(end);
  TruncationPlan plan{
      plan_for(number, end, log_end(), kHeadersAtATime),
      {state_.directory, state_.snapshots, {}, log_start(), end, config_.producers_max, now}};
  if (const auto& index = state_.segments[number].index)
    plan.read.index = std::make_shared<const SegmentIndex>(*index);
  for (std::size_t i = 0; i <= number; ++i) {
    const LogSegment& segment = state_.segments[i];
    plan.producers.segments.push_back(
        {segment.files, segment.bytes, i < number ? segment.index : plan.read.index});
  }
  return plan;
}

bool Log::truncate(const Cut& cut) {
  CHECK_MSG(pending_.empty() && cut.end < log_end(), describe());
  if (cut.generation != generation_ || cut.end < log_start()) return false;
  ++generation_;
  const std::size_t number = segment_holding(cut.segment_base);
  LogSegment& segment = state_.segments[number];
  CHECK(segment.files->base_offset == cut.segment_base);
  TruncateOp op{ref(), segment.files, cut.position, cut.end, {}, {}, {}};
  for (std::size_t i = number + 1; i < state_.segments.size(); ++i)
    op.removed.push_back(state_.segments[i].files);
  state_.segments.resize(number + 1);
  segment.index = cut.index;
  segment.saved = false;
  segment.bytes = cut.position;
  segment.end_offset = cut.end;
  segment.max_timestamp = cut.max_timestamp;
  segment.max_timestamp_offset = cut.max_timestamp_offset;
  segment.bytes_since_entry = 0;
  std::erase_if(loaded_, [&](Offset base) { return base >= cut.segment_base; });
  state_.epochs.cut_end(cut.end);
  state_.producers = cut.producers;
  for (; !state_.snapshots.empty() && state_.snapshots.back() > cut.end;
       state_.snapshots.pop_back())
    op.stale_files.push_back(snapshot_path(state_.directory, state_.snapshots.back()));
  durable_end_ = std::min(durable_end_, cut.end);
  written_end_ = cut.end;
  const std::string epochs = format_epoch_checkpoint(state_.epochs.entries());
  op.epoch_cache.assign(epochs.begin(), epochs.end());
  checkpointed_ = kNoOffset;
  checkpointed_bytes_ = 0;
  truncating_ = true;
  ops_.push_back(std::move(op));
  return true;
}

void Log::on_truncated(const LogTruncated& event) {
  if (event.log != ref()) return;
  truncating_ = false;  // what is durable below the cut, the cut's round has said
}

}  // namespace millrace::storage
