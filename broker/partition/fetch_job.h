#pragma once

#include <functional>
#include <optional>

#include "broker/messages.h"
#include "broker/partition/partition.h"

namespace millrace::broker {

/// One FetchAsk being filled, partition after partition, so that later ones know what room is left.
/// It stops at the first read that has to wait for the disk and goes on when that is done: a fetch
/// has at most one such read under way.
class FetchJob {
 public:
  /// Null when the partition is not on this shard.
  using Find = std::function<Partition*(const TopicPartitionId&)>;

  explicit FetchJob(FetchAsk ask) : ask_(std::move(ask)), answer_{ask_.asker.token, {}} {}

  /// Goes on as far as the page cache allows. The plan of the read to wait for, or nothing when the
  /// answer is complete.
  std::optional<storage::ReadPlan> run(const Find& find, storage::ReadMemory& memory);
  /// The read that run() asked for is done; run() again.
  void on_read(const Find& find, Result<storage::ReadResult> read);

  [[nodiscard]] ShardIndex asker() const { return ask_.asker.shard; }
  FetchAnswer take_answer() { return std::move(answer_); }

 private:
  /// What the answer may still take.
  [[nodiscard]] std::size_t left() const;
  /// One batch goes into an answer whatever its size, or it could never be read.
  [[nodiscard]] bool owes_a_batch() const { return bytes_ == 0 && ask_.at_least_one; }
  [[nodiscard]] std::size_t room_for(const FetchPart& part) const;
  void take(FetchedPart part, Result<storage::ReadResult> read);

  FetchAsk ask_;
  FetchAnswer answer_;
  std::size_t next_ = 0;
  std::size_t bytes_ = 0;
  bool full_ = false;  // nothing more goes in; what is left of max_bytes is too little to try
  std::optional<Partition::ReadStart> waiting_;
};

}  // namespace millrace::broker
