#pragma once

#include <cstdint>

#include "base/strong.h"
#include "base/uuid.h"

/// The identifiers and positions of the domain. Names are Kafka's; `-1` is Kafka's "none" for every
/// signed id and is spelled as a constant here.
namespace millrace {

struct OffsetTag {
  static constexpr bool kIsPosition = true;
};
/// Position of a record in a partition log. Ranges are half open: [first, end).
using Offset = Strong<OffsetTag, std::int64_t>;
inline constexpr Offset kNoOffset{-1};

struct TimestampMsTag {
  static constexpr bool kIsPosition = true;
};
/// Milliseconds since 1970 (UTC), as records carry them. Wall-clock time: for stamping records and
/// for retention, never for timeouts (see base/clock.h).
using TimestampMs = Strong<TimestampMsTag, std::int64_t>;
inline constexpr TimestampMs kNoTimestamp{-1};

using NodeId = Strong<struct NodeIdTag, std::int32_t>;
inline constexpr NodeId kNoNode{-1};

using PartitionIndex = Strong<struct PartitionIndexTag, std::int32_t>;

/// Counts the leaders of one partition; stamped into every batch that the leader appends.
using LeaderEpoch = Strong<struct LeaderEpochTag, std::int32_t>;
inline constexpr LeaderEpoch kNoLeaderEpoch{-1};

/// Counts the committed changes of one partition's state (leader, ISR, replicas).
using PartitionEpoch = Strong<struct PartitionEpochTag, std::int32_t>;

/// One incarnation of a broker: the metadata offset of its registration.
using BrokerEpoch = Strong<struct BrokerEpochTag, std::int64_t>;
inline constexpr BrokerEpoch kNoBrokerEpoch{-1};

using ProducerId = Strong<struct ProducerIdTag, std::int64_t>;
inline constexpr ProducerId kNoProducerId{-1};
using ProducerEpoch = Strong<struct ProducerEpochTag, std::int16_t>;
inline constexpr ProducerEpoch kNoProducerEpoch{-1};
/// Per producer and partition; wraps from 2^31-1 to 0.
using Sequence = Strong<struct SequenceTag, std::int32_t>;
inline constexpr Sequence kNoSequence{-1};

using TopicId = StrongUuid<struct TopicIdTag>;
using DirectoryId = StrongUuid<struct DirectoryIdTag>;
/// One run of a broker process; a registration with a new one fences the old.
using IncarnationId = StrongUuid<struct IncarnationIdTag>;

/// Identity of a partition for ever: topic names may be reused, topic ids never are.
struct TopicPartitionId {
  TopicId topic_id;
  PartitionIndex partition;

  friend constexpr auto operator<=>(const TopicPartitionId&, const TopicPartitionId&) = default;
  friend constexpr bool operator==(const TopicPartitionId&, const TopicPartitionId&) = default;
  template <class H>
  friend H AbslHashValue(H state, const TopicPartitionId& id) {
    return H::combine(std::move(state), id.topic_id, id.partition);
  }
};

}  // namespace millrace
