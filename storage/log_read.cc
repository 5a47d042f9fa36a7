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

ReadPlan Log::plan_for(std::size_t number, Offset from, Offset limit, std::size_t max_bytes) {
  const LogSegment& segment = state_.segments[number];
  ReadPlan plan{state_.id,     segment.files, std::max(from, segment.files->base_offset),
                limit,         max_bytes,     0,
                segment.bytes, nullptr};
  if (segment.index == nullptr) return plan;
  const auto relative = static_cast<std::uint32_t>(plan.from - segment.files->base_offset);
  plan.position = segment.index->floor_position(relative);
  if (number + 1 < state_.segments.size()) {
    plan.index = segment.index;
    return plan;
  }
  // The active segment's index grows on: the plan takes a copy of the few entries that it needs.
  // What is not written yet must not be read, so the end is where the first pending batch begins.
  if (!pending_.empty()) {
    for (const Pending& pending : pending_) {
      if (pending.base_offset >= segment.files->base_offset) {
        plan.end = pending.position;
        break;
      }
    }
  }
  const std::uint64_t first_batch_before = segment.index->ceiling_position(relative, plan.end);
  const std::uint64_t reach = std::min(plan.end, first_batch_before + max_bytes + 1);
  plan.index =
      std::make_shared<const SegmentIndex>(segment.index->sums_between(plan.position, reach));
  plan.end = std::max(plan.position, plan.end);
  return plan;
}

std::vector<ReadPlan> Log::plan_find_by_time(TimestampMs timestamp, Offset limit) {
  constexpr std::size_t kStepBytes = 1 << 20;
  std::vector<ReadPlan> plans;
  limit = std::min(limit, written_end_);
  for (std::size_t i = 0; i < state_.segments.size(); ++i) {
    const LogSegment& segment = state_.segments[i];
    if (segment.end_offset <= log_start() || segment.files->base_offset >= limit) continue;
    if (segment.max_timestamp < timestamp) continue;
    const Offset from = std::max(log_start(), segment.files->base_offset);
    ReadPlan plan = plan_for(i, from, limit, kStepBytes);
    if (segment.index != nullptr) plan.index = std::make_shared<const SegmentIndex>(*segment.index);
    plans.push_back(std::move(plan));
  }
  return plans;
}

FoundRecord Log::max_timestamp() const {
  const auto largest = std::max_element(
      state_.segments.begin(), state_.segments.end(),
      [](const LogSegment& a, const LogSegment& b) { return a.max_timestamp < b.max_timestamp; });
  if (largest->max_timestamp == kNoTimestamp) return {};
  return {largest->max_timestamp_offset, largest->max_timestamp,
          state_.epochs.epoch_at(largest->max_timestamp_offset)};
}

void Log::install(const ReadPlan& plan, std::shared_ptr<const SegmentIndex> index) {
  const std::size_t number = segment_holding(plan.files->base_offset);
  LogSegment& segment = state_.segments[number];
  if (segment.files != plan.files || number + 1 == state_.segments.size() ||
      segment.index != nullptr)
    return;
  segment.index = std::make_shared<SegmentIndex>(*index);
  loaded_.push_back(segment.files->base_offset);
  unload_indexes();
}

void Log::unload_indexes() {
  // An index leaves memory only when its segment is written: until then a failed write may reopen
  // it.
  while (loaded_.size() > kLoadedIndexesMax) {
    LogSegment& segment = state_.segments[segment_holding(loaded_.front())];
    if (segment.files->base_offset == loaded_.front() && segment.end_offset > written_end_) return;
    if (segment.files->base_offset == loaded_.front() && &segment != &active())
      segment.index.reset();
    loaded_.pop_front();
  }
}

}  // namespace millrace::storage
