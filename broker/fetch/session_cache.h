#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/random.h"
#include "base/result.h"

/// Fetch sessions (KIP-227): the broker remembers what a client fetches, so that each request names
/// only what changed and each answer only what is new.
namespace millrace::broker {

/// A partition as the client of a session calls it: by name before Fetch 13, by id from there on.
struct SessionKey {
  std::string topic;
  TopicId topic_id;
  PartitionIndex partition;

  friend auto operator<=>(const SessionKey&, const SessionKey&) = default;
  friend bool operator==(const SessionKey&, const SessionKey&) = default;
};

struct SessionPartition {
  SessionKey key;
  // What the client asks for:
  Offset fetch_offset;
  LeaderEpoch current_leader_epoch = kNoLeaderEpoch;
  LeaderEpoch last_fetched_epoch = kNoLeaderEpoch;
  std::int32_t max_bytes = 0;
  // What it was told last:
  Offset high_watermark = kNoOffset;
  Offset log_start = kNoOffset;
};

/// One session. Its partitions stand in the order in which they are to be filled: who got records
/// goes to the end, so that a response that is full does not starve the others.
class FetchSession {
 public:
  FetchSession(std::int32_t id, bool uses_topic_ids) : id_(id), uses_topic_ids_(uses_topic_ids) {}

  [[nodiscard]] std::int32_t id() const { return id_; }
  [[nodiscard]] bool uses_topic_ids() const { return uses_topic_ids_; }
  [[nodiscard]] const std::list<SessionPartition>& partitions() const { return partitions_; }
  [[nodiscard]] std::size_t size() const { return index_.size(); }

  /// Adds, or changes what is asked for.
  void put(const SessionPartition& partition);
  void remove(const SessionKey& key);

  /// What the answer to one partition says. True when the client has to be told: there is something
  /// new. `has_records` moves the partition to the end.
  bool note_answer(const SessionKey& key, Offset high_watermark, Offset log_start, bool has_error,
                   bool has_records);

 private:
  friend class SessionCache;

  std::int32_t id_;
  bool uses_topic_ids_;
  std::int32_t next_epoch_ = 1;
  MonotonicTime last_used_;
  std::list<SessionPartition> partitions_;
  std::map<SessionKey, std::list<SessionPartition>::iterator> index_;
};

/// The sessions of one shard, so many and no more. Owned by the Desk. Nothing survives a crash:
/// a client whose session is gone begins anew.
class SessionCache {
 public:
  SessionCache(Random random, std::size_t sessions_max, std::size_t partitions_max)
      : random_(random), sessions_max_(sessions_max), partitions_max_(partitions_max) {}

  /// A new session, or null when there is no room even after the one that was silent longest has
  /// gone; the client then fetches without. `idle_since`: who was not used after it may go.
  FetchSession* open(bool uses_topic_ids, const std::vector<SessionPartition>& partitions,
                     MonotonicTime now, MonotonicTime idle_since);

  /// The session that an incremental request continues. Errors: kFetchSessionIdNotFound,
  /// kInvalidFetchSessionEpoch, kFetchSessionTopicIdError.
  Result<FetchSession*> resume(std::int32_t id, std::int32_t epoch, bool uses_topic_ids,
                               MonotonicTime now);
  /// Puts back what a request named. False, and the session is gone, when it grew too large.
  bool put(FetchSession& session, const SessionPartition& partition);
  void remove(FetchSession& session, const SessionKey& key);

  /// Null when there is none.
  FetchSession* find(std::int32_t id);
  void close(std::int32_t id);

  [[nodiscard]] std::size_t size() const { return sessions_.size(); }
  [[nodiscard]] std::size_t partition_count() const { return partition_count_; }
  [[nodiscard]] std::uint64_t evictions() const { return evictions_; }
  [[nodiscard]] std::string describe() const;

 private:
  bool make_room(std::size_t partitions, MonotonicTime idle_since);

  Random random_;
  const std::size_t sessions_max_;
  const std::size_t partitions_max_;
  std::map<std::int32_t, std::unique_ptr<FetchSession>> sessions_;
  std::size_t partition_count_ = 0;
  std::uint64_t evictions_ = 0;
};

}  // namespace millrace::broker
