#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/check.h"
#include "base/ids.h"
#include "base/result.h"
#include "proto/kafka/records/batch_header.h"

namespace millrace::storage {

/// Batches of one producer that are remembered, and so the most that a producer may have in flight.
inline constexpr std::size_t kBatchesRemembered = 5;

/// What is remembered of one batch of an idempotent producer.
struct ProducerBatch {
  Sequence last_sequence;
  Offset last_offset;
  std::int32_t offset_delta = 0;  // last offset minus first offset
  TimestampMs timestamp;          // max_timestamp as stored

  [[nodiscard]] Sequence first_sequence() const;
  [[nodiscard]] Offset first_offset() const { return last_offset - offset_delta; }
  friend bool operator==(const ProducerBatch&, const ProducerBatch&) = default;
};

/// One producer in one partition. Oldest batch first.
struct ProducerEntry {
  ProducerEpoch epoch;
  std::vector<ProducerBatch> batches;
  TimestampMs last_seen;  // wall time of its last append, for expiry

  friend bool operator==(const ProducerEntry&, const ProducerEntry&) = default;
};

/// Sequence numbers of a partition's idempotent producers (KIP-98, KIP-185): finds duplicates, gaps
/// and fenced epochs. Owned by the Log. Bounded: beyond `producers_max` the producer that was
/// silent longest is forgotten; its next batch is then taken as a new producer's, with any
/// sequence. Iterates in order of producer id.
class ProducerState {
 public:
  /// Requires: producers_max > 0.
  explicit ProducerState(std::uint32_t producers_max) : producers_max_(producers_max) {
    CHECK(producers_max > 0);
  }

  /// Judges a batch before it is appended; changes nothing. Returns the earlier batch when this one
  /// is a duplicate of it, else nothing. Requires: header.producer_id is set.
  ///
  /// Errors: kInvalidProducerEpoch (older than the known epoch), kOutOfOrderSequence (a gap, or a
  /// new epoch that does not begin with sequence 0).
  [[nodiscard]] Result<std::optional<ProducerBatch>> check(const kafka::BatchHeader& header) const;

  /// Remembers an appended batch; `header` has its final offsets. Also used to rebuild the state
  /// from a log, so it does not judge. Returns what the producer's entry was before, for undo().
  std::optional<ProducerEntry> update(const kafka::BatchHeader& header, TimestampMs now);

  /// Takes an update back, the latest first.
  void undo(ProducerId producer, std::optional<ProducerEntry> before);

  /// Adds a batch that lies before the newest remembered one of its producer, oldest first: what a
  /// snapshot does not hold. Nothing happens when the producer or its epoch is another.
  void recall(const kafka::BatchHeader& header);

  /// Forgets producers that appended nothing for `expiry_ms`.
  void expire(TimestampMs now, std::int64_t expiry_ms);

  /// Adds one entry of a snapshot.
  void restore(ProducerId producer, ProducerEntry entry, TimestampMs now);

  [[nodiscard]] const std::map<ProducerId, ProducerEntry>& producers() const { return producers_; }

 private:
  ProducerEntry& touch(ProducerId producer, TimestampMs now);
  void forget(std::map<ProducerId, ProducerEntry>::iterator at);

  std::uint32_t producers_max_;
  std::map<ProducerId, ProducerEntry> producers_;
  /// The same producers, longest silent first. Invariant: (last_seen, id) of every entry.
  std::set<std::pair<TimestampMs, ProducerId>> by_silence_;
};

/// `<directory>/<20 digits of offset>.snapshot`
std::string snapshot_path(const std::string& directory, Offset offset);

/// The file's content in Kafka's format, version 1: the last batch of each producer below its
/// offset. Layout: docs/formats/producer_snapshot.md.
std::vector<std::uint8_t> encode_producer_snapshot(const ProducerState& state);
/// Errors: kCorrupt (CRC, length, version).
Result<std::vector<std::pair<ProducerId, ProducerEntry>>> decode_producer_snapshot(ByteView bytes);

}  // namespace millrace::storage
