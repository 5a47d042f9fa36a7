#include "storage/log.h"

#include <fmt/format.h>

#include <algorithm>

#include "proto/kafka/records/assign.h"
#include "storage/sum.h"

namespace millrace::storage {

namespace {

/// Relative offsets and positions in a segment are unsigned 32 bit in our files, signed in Kafka's.
constexpr std::int64_t kRelativeMax = INT32_MAX;

}  // namespace

Log::Log(LogState state, LogConfig config) : state_(std::move(state)), config_(config) {
  CHECK(!state_.segments.empty());
  CHECK(active().index != nullptr);
  written_end_ = durable_end_ = log_end();
  check_invariants();
}

std::uint64_t Log::bytes() const {
  std::uint64_t sum = 0;
  for (const auto& segment : state_.segments) sum += segment.bytes;
  return sum;
}

Status Log::check_append(const kafka::ValidatedBatch& batch, LeaderEpoch epoch) const {
  if (state_.damage) {
    return fail(
        ErrorCode::kStorageError,
        fmt::format("{} is damaged from offset {} on and takes no writes: {}", state_.directory,
                    state_.damage->first_offset.value(), state_.damage->what));
  }
  if (refusal_) return fail(*refusal_);
  if (truncating_) return fail(ErrorCode::kStorageError, "the log is being truncated; try again");
  if (epoch < state_.epochs.latest()) {
    return fail(ErrorCode::kFencedLeaderEpoch,
                fmt::format("leader epoch {} appends after epoch {}", epoch.value(),
                            state_.epochs.latest().value()));
  }
  CHECK(batch.bytes.size() == batch.header.total_bytes());
  return {};
}

Result<AppendResult> Log::append(kafka::ValidatedBatch batch, LeaderEpoch epoch,
                                 std::optional<TimestampMs> append_time, TimestampMs now) {
  RETURN_IF_ERROR(check_append(batch, epoch));
  const bool idempotent = batch.header.producer_id != kNoProducerId;
  if (idempotent) {
    ASSIGN_OR_RETURN(const auto earlier, state_.producers.check(batch.header));
    if (earlier) {
      return AppendResult{earlier->first_offset(), earlier->last_offset,
                          append_time ? earlier->timestamp : kNoTimestamp, true};
    }
  }
  maybe_roll(batch, now);
  const Offset first = log_end();
  const SharedBytes header = kafka::assign(batch, first, epoch, append_time);
  LogSegment& segment = active();
  Pending pending{first,         segment.max_timestamp, segment.max_timestamp_offset,
                  segment.bytes, kNoProducerId,         {}};
  AppendOp op{
      ref(), segment.files,     segment.bytes, BytesChain(header), {}, batch.header.end_offset(),
      epoch, config_.durability};
  op.bytes.append(batch.bytes.slice(kafka::kBatchHeaderBytes));
  note_epoch(epoch, first);
  op.sums.push_back({static_cast<std::uint32_t>(segment.bytes), sum_of(state_.id, header.view())});
  index_batch(segment, batch.header, op.sums.back().crc, config_.index_interval_bytes);
  if (idempotent) {
    pending.producer = batch.header.producer_id;
    pending.producer_before = state_.producers.update(batch.header, now);
  }
  pending_.push_back(std::move(pending));
  if (segment.first_append == kNoTimestamp) segment.first_append = now;
  segment.bytes += batch.bytes.size();
  segment.end_offset = batch.header.end_offset();
  ops_.push_back(std::move(op));
  maybe_checkpoint();
  return AppendResult{first, batch.header.last_offset(), append_time.value_or(kNoTimestamp), false};
}

void Log::start_epoch(LeaderEpoch epoch) {
  if (epoch > state_.epochs.latest()) note_epoch(epoch, log_end());
}

void Log::note_epoch(LeaderEpoch epoch, Offset start) {
  if (state_.epochs.assign(epoch, start)) write_epochs();
}

void Log::write_epochs() {
  const std::string text = format_epoch_checkpoint(state_.epochs.entries());
  ops_.push_back(ReplaceFileOp{
      ref(), state_.directory + "/leader-epoch-checkpoint", {text.begin(), text.end()}});
}

void Log::maybe_roll(const kafka::ValidatedBatch& batch, TimestampMs now) {
  const LogSegment& segment = active();
  if (segment.bytes == 0) return;
  const std::int64_t last_relative =
      log_end() + batch.header.last_offset_delta - segment.files->base_offset;
  const std::int64_t age = segment.first_append == kNoTimestamp ? 0 : now - segment.first_append;
  const bool full =
      segment.bytes + batch.bytes.size() > config_.segment_bytes || last_relative > kRelativeMax;
  const bool index_full =
      segment.index->offsets().size() * kOffsetEntryBytes >= config_.index_bytes_max ||
      segment.index->times().size() * kTimeEntryBytes >= config_.index_bytes_max ||
      segment.index->sums().size() >= kSumEntriesMax;
  if (full || index_full || age >= config_.segment_ms - config_.segment_jitter_ms) roll();
}

void Log::on_written(const LogWritten& event) {
  if (event.log != ref()) return;
  written_end_ = std::max(written_end_, event.end_offset);
  while (!pending_.empty() && pending_.front().base_offset < written_end_) pending_.pop_front();
}

void Log::on_durable(const LogDurable& event) {
  if (event.log != ref()) return;
  durable_end_ = std::max(durable_end_, std::min(event.end_offset, written_end_));
}

void Log::on_saved(const SegmentSaved& event) {
  LogSegment& segment = state_.segments[segment_holding(event.base_offset)];
  const bool this_one = segment.files->base_offset == event.base_offset &&
                        segment.bytes == event.size && &segment != &active();
  if (!this_one || segment.saved) return;
  segment.saved = true;
  loaded_.push_back(event.base_offset);
  unload_indexes();
}

void Log::on_write_failed(const LogWriteFailed& event) {
  if (event.log != ref()) return;
  CHECK_MSG(!truncating_, "a write failed, and none was under way: " + describe());
  ++generation_;
  std::erase_if(ops_,
                [](const WriteOp& op) { return !std::holds_alternative<DeleteSegmentsOp>(op); });
  rewind(event.good_end);
  // What the writer dropped with the old generation and still has to happen. The flush makes it
  // report, under the new one, what of the old was made durable.
  if (active().bytes == 0)
    ops_.push_back(CreateSegmentOp{ref(), active().files, config_.preallocate_bytes});
  write_epochs();
  flush();
  if (refusal_ && refusal_->code == ErrorCode::kStorageError) return;
  refusal_ = Error{ErrorCode::kNoSpace, "no space left for " + state_.directory +
                                            "; appends are refused until space returns (" +
                                            event.error.message + ")"};
}

void Log::resume() {
  if (refusal_ && refusal_->code == ErrorCode::kNoSpace) refusal_.reset();
}

void Log::on_fenced(const Error& error) {
  refusal_ = Error{ErrorCode::kStorageError,
                   "the log directory failed and is out of use: " + error.message};
}

void Log::rewind(Offset end) {
  CHECK_MSG(end == written_end_, "a write failed elsewhere than after what was written");
  const std::size_t segments_before = state_.segments.size();
  while (state_.segments.size() > 1 && active().files->base_offset > end)
    state_.segments.pop_back();
  LogSegment& segment = active();
  CHECK_MSG(segment.index != nullptr && !segment.saved,
            "a segment was saved before it was written");
  if (state_.segments.size() < segments_before)
    segment.index = std::make_shared<SegmentIndex>(*segment.index);  // plans share the old one
  for (; !pending_.empty(); pending_.pop_back()) {
    Pending& last = pending_.back();
    CHECK(last.base_offset >= end);
    if (last.producer != kNoProducerId)
      state_.producers.undo(last.producer, std::move(last.producer_before));
    if (last.base_offset < segment.files->base_offset) continue;
    segment.bytes = last.position;
    segment.max_timestamp = last.max_timestamp;
    segment.max_timestamp_offset = last.max_timestamp_offset;
  }
  segment.end_offset = end;
  if (segment.bytes == 0) segment.first_append = kNoTimestamp;
  segment.index->cut(static_cast<std::uint32_t>(end - segment.files->base_offset), segment.bytes);
  // The leader's epoch stays, though it has no records any more.
  state_.epochs.cut_end(end + 1);
  std::erase_if(state_.snapshots, [&](Offset at) { return at > end; });
}

void Log::check_invariants() const {
  CHECK_MSG(
      state_.log_start <= durable_end_ && durable_end_ <= written_end_ && written_end_ <= log_end(),
      describe());
  for (std::size_t i = 0; i < state_.segments.size(); ++i) {
    const LogSegment& segment = state_.segments[i];
    const bool last = i + 1 == state_.segments.size();
    CHECK_MSG(segment.files->base_offset <= segment.end_offset, describe());
    CHECK_MSG(last || segment.end_offset <= state_.segments[i + 1].files->base_offset, describe());
    CHECK_MSG(segment.index != nullptr || (segment.saved && !last), describe());
  }
  CHECK_MSG(pending_.empty() == (written_end_ == log_end()), describe());
  CHECK_MSG(loaded_.size() <= kLoadedIndexesMax, describe());
}

std::string Log::describe() const {
  std::string text = fmt::format(
      "log {} start={} durable={} written={} end={} epoch={} producers={}", state_.directory,
      state_.log_start.value(), durable_end_.value(), written_end_.value(), log_end().value(),
      state_.epochs.latest().value(), state_.producers.producers().size());
  if (state_.damage) text += fmt::format(" damaged-from={}", state_.damage->first_offset.value());
  if (refusal_) text += " refusing=" + std::string(name_of(refusal_->code));
  for (const auto& segment : state_.segments) {
    text += fmt::format("\n  segment {} end={} bytes={}", segment.files->base_offset.value(),
                        segment.end_offset.value(), segment.bytes);
  }
  return text;
}

}  // namespace millrace::storage
