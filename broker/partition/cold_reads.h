#pragma once

#include <cstdint>
#include <deque>

#include "broker/limits.h"
#include "broker/partition/outbox.h"

namespace millrace::broker {

/// The disk reads of one shard: so many at a time, the others in line. Owned by the PartitionHost.
class ColdReads {
 public:
  explicit ColdReads(std::size_t running_max = kColdReadsMax) : running_max_(running_max) {}

  void start(ColdJob job, Outbox& outbox) {
    if (running_ >= running_max_) {
      line_.push_back(std::move(job));
      return;
    }
    ++running_;
    outbox.cold_jobs.push_back(std::move(job));
  }

  /// One has come back.
  void finish(Outbox& outbox) {
    CHECK(running_ > 0);
    --running_;
    if (line_.empty()) return;
    ColdJob next = std::move(line_.front());
    line_.pop_front();
    start(std::move(next), outbox);
  }

  [[nodiscard]] std::size_t running() const { return running_; }
  [[nodiscard]] std::size_t waiting() const { return line_.size(); }

 private:
  const std::size_t running_max_;
  std::size_t running_ = 0;
  std::deque<ColdJob> line_;
};

}  // namespace millrace::broker
