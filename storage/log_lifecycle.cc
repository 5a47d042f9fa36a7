#include <fmt/format.h>

#include <algorithm>

#include "storage/log.h"

/// How a log rolls, shrinks and is put to rest.
namespace millrace::storage {

void Log::roll() {
  if (active().bytes == 0) return;
  seal(active());
  loaded_.push_back(active().files->base_offset);
  open_segment(log_end());
  snapshot_producers();
  unload_indexes();
}

void Log::seal(LogSegment& segment) {
  // The last word of the time index is the largest timestamp of the whole segment.
  if (segment.max_timestamp != kNoTimestamp) {
    segment.index->add_time(
        {segment.max_timestamp,
         static_cast<std::uint32_t>(segment.max_timestamp_offset - segment.files->base_offset)});
  }
  ops_.push_back(SealSegmentOp{ref(), segment.files, segment.bytes, segment.index->encode_offsets(),
                               segment.index->encode_times()});
}

void Log::open_segment(Offset base) {
  LogSegment segment;
  segment.files = std::make_shared<SegmentFiles>(SegmentFiles{state_.directory, base, nullptr});
  segment.end_offset = base;
  segment.index = std::make_shared<SegmentIndex>();
  ops_.push_back(CreateSegmentOp{ref(), segment.files, config_.preallocate_bytes});
  state_.segments.push_back(std::move(segment));
}

void Log::snapshot_producers() {
  if (state_.producers.producers().empty()) return;
  ops_.push_back(
      ReplaceFileOp{ref(), fmt::format("{}/{:020}.snapshot", state_.directory, log_end().value()),
                    encode_producer_snapshot(state_.producers)});
}

void Log::checkpoint() {
  if (state_.damage || refusal_ || truncating_ || active().bytes == 0) return;
  seal(active());  // appends may follow: the index files are replaced whole each time
  snapshot_producers();
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
  DeleteSegmentsOp op{ref(), {}, offset};
  while (state_.segments.size() > 1 && state_.segments.front().end_offset <= offset) {
    op.segments.push_back(state_.segments.front().files);
    std::erase(loaded_, state_.segments.front().files->base_offset);
    state_.segments.erase(state_.segments.begin());
  }
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

ReadPlan Log::plan_truncate(Offset end) {
  CHECK(end >= log_start() && end < log_end() && pending_.empty());
  const std::size_t number = segment_holding(end);
  constexpr std::size_t kHeadersAtATime = 64 * 1024;
  ReadPlan plan = plan_for(number, end, log_end(), kHeadersAtATime);
  if (state_.segments[number].index)
    plan.index = std::make_shared<const SegmentIndex>(*state_.segments[number].index);
  return plan;
}

void Log::truncate(const BatchPlace& place) {
  CHECK_MSG(pending_.empty() && place.base_offset >= log_start(), describe());
  const std::size_t number = segment_holding(place.base_offset);
  TruncateOp op{ref(), state_.segments[number].files, place.position, place.base_offset, {}, {}};
  for (std::size_t i = number + 1; i < state_.segments.size(); ++i)
    op.removed.push_back(state_.segments[i].files);
  state_.segments.resize(number + 1);
  LogSegment& segment = active();
  segment.index = std::make_shared<SegmentIndex>(*place.index);
  segment.index->cut(static_cast<std::uint32_t>(place.base_offset - segment.files->base_offset),
                     place.position);
  std::erase(loaded_, segment.files->base_offset);
  segment.bytes = place.position;
  segment.end_offset = place.base_offset;
  if (segment.max_timestamp_offset >= place.base_offset) forget_max_timestamp(segment);
  state_.epochs.cut_end(place.base_offset);
  state_.producers.cut_end(place.base_offset);
  durable_end_ = std::min(durable_end_, place.base_offset);
  written_end_ = place.base_offset;
  const std::string epochs = format_epoch_checkpoint(state_.epochs.entries());
  op.epoch_cache.assign(epochs.begin(), epochs.end());
  truncating_ = true;
  ops_.push_back(std::move(op));
}

void Log::forget_max_timestamp(LogSegment& segment) {
  // What is left in the time index is a lower bound, exact at its entries.
  const auto& times = segment.index->times();
  segment.max_timestamp = times.empty() ? kNoTimestamp : times.back().timestamp;
  segment.max_timestamp_offset =
      times.empty() ? kNoOffset : segment.files->base_offset + times.back().relative_offset;
}

void Log::on_truncated(const LogTruncated& event) {
  if (event.log != ref()) return;
  truncating_ = false;
}

}  // namespace millrace::storage
