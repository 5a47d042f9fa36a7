#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "base/ids.h"

namespace millrace::broker {

/// Producer ids that the controller gave this shard and that are not used yet. Owned by the Desk.
/// Ids that are left at a restart are lost, which costs nothing: there are 2^63.
class ProducerIds {
 public:
  /// Nothing when the block is used up.
  std::optional<ProducerId> take() {
    if (next_ == end_) return std::nullopt;
    return ProducerId(next_++);
  }
  /// Requires: the last block is used up.
  void refill(ProducerId first, std::int64_t count) {
    next_ = first.value();
    end_ = next_ + count;
  }
  [[nodiscard]] std::int64_t left() const { return end_ - next_; }

 private:
  std::int64_t next_ = 0;
  std::int64_t end_ = 0;
};

}  // namespace millrace::broker
