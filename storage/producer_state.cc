#include "storage/producer_state.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

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

ProducerEntry& ProducerState::touch(ProducerId producer, TimestampMs now) {
  auto found = producers_.find(producer);
  if (found == producers_.end()) {
    if (producers_.size() >= producers_max_) forget(producers_.find(by_silence_.begin()->second));
    found = producers_.try_emplace(producer).first;
  } else {
    by_silence_.erase({found->second.last_seen, producer});
  }
  found->second.last_seen = now;
  by_silence_.insert({now, producer});
  return found->second;
}

void ProducerState::forget(std::map<ProducerId, ProducerEntry>::iterator at) {
  by_silence_.erase({at->second.last_seen, at->first});
  producers_.erase(at);
}

std::optional<ProducerEntry> ProducerState::update(const kafka::BatchHeader& header,
                                                   TimestampMs now) {
  std::optional<ProducerEntry> before;
  if (const auto found = producers_.find(header.producer_id); found != producers_.end())
    before = found->second;
  ProducerEntry& entry = touch(header.producer_id, now);
  if (entry.epoch != header.producer_epoch) entry.batches.clear();
  entry.epoch = header.producer_epoch;
  if (entry.batches.size() == kBatchesRemembered) entry.batches.erase(entry.batches.begin());
  entry.batches.push_back({last_sequence_of(header), header.last_offset(), header.last_offset_delta,
                           header.max_timestamp});
  return before;
}

void ProducerState::undo(ProducerId producer, std::optional<ProducerEntry> before) {
  if (before) {
    ProducerEntry& entry = touch(producer, before->last_seen);
    entry = std::move(*before);
  } else if (const auto found = producers_.find(producer); found != producers_.end()) {
    forget(found);
  }
}

void ProducerState::recall(const kafka::BatchHeader& header) {
  const auto found = producers_.find(header.producer_id);
  if (found == producers_.end() || found->second.epoch != header.producer_epoch) return;
  auto& batches = found->second.batches;
  if (batches.empty() || header.last_offset() >= batches.back().last_offset) return;
  batches.insert(std::prev(batches.end()), {last_sequence_of(header), header.last_offset(),
                                            header.last_offset_delta, header.max_timestamp});
  if (batches.size() > kBatchesRemembered) batches.erase(batches.begin());
}

void ProducerState::expire(TimestampMs now, std::int64_t expiry_ms) {
  while (!by_silence_.empty() && now - by_silence_.begin()->first >= expiry_ms) {
    forget(producers_.find(by_silence_.begin()->second));
  }
}

void ProducerState::restore(ProducerId producer, ProducerEntry entry, TimestampMs now) {
  entry.last_seen = now;
  touch(producer, now) = std::move(entry);
}

}  // namespace millrace::storage
