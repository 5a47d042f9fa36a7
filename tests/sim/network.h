#pragma once

#include <map>
#include <optional>
#include <set>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "raft/messages.h"

namespace millrace::sim {

/// Which messages arrive, when, and how often. Fault model: each message by itself may be lost,
/// doubled or late, and so overtake others; links may be cut in one direction or both. A message is
/// never changed, except that pieces of snapshots may have a flipped bit.
class Network {
 public:
  struct Quality {
    Duration delay_min = std::chrono::microseconds(100);
    Duration delay_max = std::chrono::milliseconds(2);
    std::uint32_t lost = 0;     // of 1,000
    std::uint32_t doubled = 0;  // of 1,000
    std::uint32_t late = 0;     // of 1,000: up to a hundred times delay_max
    std::uint32_t flipped = 0;  // of 1,000 pieces of snapshots
  };

  explicit Network(Random random) : random_(random) {}

  void set_quality(const Quality& quality) { quality_ = quality; }
  void cut(NodeId from, NodeId to) { cuts_.insert({from, to}); }
  void heal() { cuts_.clear(); }

  /// After which delays it arrives: none, once, or twice. May damage it.
  std::vector<Duration> send(raft::Message& message);
  /// A request or an answer on a connection that keeps the order. Nothing: the connection broke.
  std::optional<Duration> call(NodeId from, NodeId to);

 private:
  Duration delay();

  Random random_;
  Quality quality_;
  std::set<std::pair<NodeId, NodeId>> cuts_;
};

}  // namespace millrace::sim
