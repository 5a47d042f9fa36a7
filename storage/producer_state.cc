#include "storage/producer_state.h"

#include <fmt/format.h>

#include <algorithm>

namespace millrace::storage {

namespace {

/// Sequences count 0 .. 2^31-1 and begin again.
Sequence advance(Sequence sequence, std::int64_t by) {
  constexpr std::int64_t kModulus = std::int64_t{1} << 31;
  return Sequence(
      static_cast<std::int32_t>(((sequence.value() + by) % kModulus + kModulus) % kModulus));
}

Sequence last_sequence_of(const kafka::BatchHeader& header) {
  return advance(header.base_sequence, header.last_offset_delta);
}

}  // namespace

Sequence ProducerBatch::first_sequence() const {
  return advance(last_sequence, -std::int64_t{offset_delta});
}

Result<std::optional<ProducerBatch>> ProducerState::check(const kafka::BatchHeader& header) const {
  const auto found = producers_.find(header.producer_id);
  if (found == producers_.end() || found->second.batches.empty())
    return std::optional<ProducerBatch>();
  const ProducerEntry& entry = found->second;
  if (header.producer_epoch < entry.epoch) {
    return fail(ErrorCode::kInvalidProducerEpoch,
                fmt::format("producer {} appends with epoch {}, and epoch {} was seen",
                            header.producer_id.value(), header.producer_epoch.value(),
                            entry.epoch.value()));
  }
  const Sequence expected = header.producer_epoch > entry.epoch
                                ? Sequence(0)
                                : advance(entry.batches.back().last_sequence, 1);
  if (header.producer_epoch == entry.epoch) {
    for (const ProducerBatch& batch : entry.batches) {
      if (batch.first_sequence() == header.base_sequence &&
          batch.last_sequence == last_sequence_of(header)) {
        return std::optional(batch);
      }
    }
  }
  if (header.base_sequence != expected) {
    return fail(
        ErrorCode::kOutOfOrderSequence,
        fmt::format("producer {} sent sequence {} where {} was expected",
                    header.producer_id.value(), header.base_sequence.value(), expected.value()));
  }
  return std::optional<ProducerBatch>();
}

std::optional<ProducerEntry> ProducerState::update(const kafka::BatchHeader& header,
                                                   TimestampMs now) {
  const auto found = producers_.find(header.producer_id);
  std::optional<ProducerEntry> before;
  if (found != producers_.end()) before = found->second;
  if (!before && producers_.size() >= producers_max_) forget_the_most_silent();
  ProducerEntry& entry = producers_[header.producer_id];
  if (entry.epoch != header.producer_epoch) entry.batches.clear();
  entry.epoch = header.producer_epoch;
  entry.last_seen = now;
  if (entry.batches.size() == kBatchesRemembered) entry.batches.erase(entry.batches.begin());
  entry.batches.push_back({last_sequence_of(header), header.last_offset(), header.last_offset_delta,
                           header.max_timestamp});
  return before;
}

void ProducerState::undo(ProducerId producer, std::optional<ProducerEntry> before) {
  if (before) {
    producers_[producer] = std::move(*before);
  } else {
    producers_.erase(producer);
  }
}

void ProducerState::cut_end(Offset end) {
  for (auto& [id, entry] : producers_) {
    std::erase_if(entry.batches,
                  [&](const ProducerBatch& batch) { return batch.last_offset >= end; });
  }
  std::erase_if(producers_, [](const auto& pair) { return pair.second.batches.empty(); });
}

void ProducerState::expire(TimestampMs now, std::int64_t expiry_ms) {
  std::erase_if(producers_, [&](const auto& pair) {
    return now.value() - pair.second.last_seen.value() >= expiry_ms;
  });
}

void ProducerState::forget_the_most_silent() {
  const auto oldest = std::min_element(
      producers_.begin(), producers_.end(),
      [](const auto& a, const auto& b) { return a.second.last_seen < b.second.last_seen; });
  if (oldest != producers_.end()) producers_.erase(oldest);
}

}  // namespace millrace::storage
