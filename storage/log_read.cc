#include <fmt/format.h>

#include <algorithm>

#include "storage/log.h"

/// The reading half of Log: finding the bytes, never touching them.
namespace millrace::storage {

std::size_t Log::segment_holding(Offset offset) const {
  const auto after = std::upper_bound(
      state_.segments.begin(), state_.segments.end(), offset,
      [](Offset wanted, const LogSegment& segment) { return wanted < segment.files->base_offset; });
  return after == state_.segments.begin()
             ? 0
             : static_cast<std::size_t>(after - state_.segments.begin()) - 1;
}

Result<std::optional<ReadPlan>> Log::plan_read(Offset from, Offset limit, std::size_t max_bytes) {
  if (from < log_start() || from > log_end()) {
    return fail(ErrorCode::kOffsetOutOfRange,
                fmt::format("offset {} is outside [{}, {}]", from.value(), log_start().value(),
                            log_end().value()));
  }
  if (state_.damage && from >= state_.damage->first_offset) {
    return fail(ErrorCode::kStorageError,
                fmt::format("offset {} is at or above damage in {} (from offset {})", from.value(),
                            state_.damage->file, state_.damage->first_offset.value()));
  }
  limit = std::min(limit, written_end_);
  if (state_.damage) limit = std::min(limit, state_.damage->first_offset);
  if (from >= limit) return std::optional<ReadPlan>();
  std::size_t segment = segment_holding(from);
  // Compaction and deletion may leave offsets that no segment holds: the next one is meant.
  while (from >= state_.segments[segment].end_offset && segment + 1 < state_.segments.size())
    ++segment;
  return std::optional(plan_for(segment, from, limit, max_bytes));
}

/// What is not written yet must not be read: the end is where the first pending batch begins.
std::uint64_t Log::readable_bytes(const LogSegment& segment) const {
  const auto first = std::lower_bound(
      pending_.begin(), pending_.end(), segment.files->base_offset,
      [](const Pending& pending, Offset base) { return pending.base_offset < base; });
  const bool within = first != pending_.end() && first->base_offset < segment.end_offset;
  return within ? first->position : segment.bytes;
}

ReadPlan Log::plan_for(std::size_t number, Offset from, Offset limit, std::size_t max_bytes) {
  const LogSegment& segment = state_.segments[number];
  const Offset base = segment.files->base_offset;
  ReadPlan plan{state_.id, segment.files,           std::max(from, base), limit,  max_bytes,
                0,         readable_bytes(segment), generation_,          nullptr};
  if (segment.index == nullptr) return plan;
  const auto relative = static_cast<std::uint32_t>(plan.from - base);
  plan.position = std::min(segment.index->floor_position(relative), plan.end);
  if (number + 1 < state_.segments.size()) {
    plan.index = segment.index;
    if (const auto used = std::find(loaded_.begin(), loaded_.end(), base); used != loaded_.end())
      std::rotate(used, used + 1, loaded_.end());
    return plan;
  }
  // The active segment's index grows on: the plan takes a copy of the few sums that it needs. They
  // reach as far as a read of max_bytes that begins with the batch of `from` can.
  const std::uint64_t first_begins = segment.index->ceiling_position(relative, plan.end);
  const std::uint64_t reach = std::min(plan.end, first_begins + max_bytes + 1);
  plan.index =
      std::make_shared<const SegmentIndex>(segment.index->sums_between(plan.position, reach));
  return plan;
}

bool Log::outdated(const ReadPlan& plan) const {
  return plan.generation != generation_ || plan.from < log_start();
}

std::vector<ReadPlan> Log::plan_find_by_time(TimestampMs timestamp, Offset limit) {
  std::vector<ReadPlan> plans;
  limit = std::min(limit, written_end_);
  if (state_.damage) limit = std::min(limit, state_.damage->first_offset);
  for (std::size_t i = 0; i < state_.segments.size(); ++i) {
    const LogSegment& segment = state_.segments[i];
    if (segment.end_offset <= log_start() || segment.files->base_offset >= limit) continue;
    if (segment.max_timestamp >= timestamp) plans.push_back(plan_by_time(i, timestamp, limit));
  }
  return plans;
}

ReadPlan Log::plan_by_time(std::size_t number, TimestampMs timestamp, Offset limit) {
  constexpr std::size_t kStepBytes = 1 << 20;
  const LogSegment& segment = state_.segments[number];
  Offset from = std::max(log_start(), segment.files->base_offset);
  if (segment.index != nullptr) {
    if (const auto older = segment.index->floor_offset_by_time(timestamp))
      from = std::max(from, segment.files->base_offset + *older + 1);
  }
  ReadPlan plan = plan_for(number, from, limit, kStepBytes);
  // The search may go on to the end of the segment.
  if (&segment == &active()) {
    plan.index =
        std::make_shared<const SegmentIndex>(segment.index->sums_between(plan.position, plan.end));
  }
  return plan;
}

FoundRecord Log::max_timestamp() const {
  const auto largest = std::max_element(
      state_.segments.begin(), state_.segments.end(),
      [](const LogSegment& a, const LogSegment& b) { return a.max_timestamp < b.max_timestamp; });
  if (largest->max_timestamp == kNoTimestamp) return {};
  return {largest->max_timestamp_offset, largest->max_timestamp,
          state_.epochs.epoch_at(largest->max_timestamp_offset)};
}

void Log::install(const ReadPlan& plan, std::shared_ptr<SegmentIndex> index) {
  LogSegment& segment = state_.segments[segment_holding(plan.files->base_offset)];
  if (segment.files != plan.files || &segment == &active() || segment.index != nullptr) return;
  segment.index = std::move(index);
  loaded_.push_back(segment.files->base_offset);
  unload_indexes();
}

void Log::release_indexes() {
  for (const Offset base : loaded_) state_.segments[segment_holding(base)].index.reset();
  loaded_.clear();
}

void Log::unload_indexes() {
  while (loaded_.size() > kLoadedIndexesMax) {
    state_.segments[segment_holding(loaded_.front())].index.reset();
    loaded_.erase(loaded_.begin());
  }
}

}  // namespace millrace::storage
