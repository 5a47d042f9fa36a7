#pragma once

#include <algorithm>
#include <map>

#include "base/clock.h"
#include "base/ids.h"

namespace millrace::sim {

/// When what one says to another arrives: later, and in the order in which it was said, as between
/// loops and on connections.
class Mailboxes {
 public:
  /// How long from `now` on, if it took `delay` alone.
  Duration arrival(NodeId from, NodeId to, MonotonicTime now, Duration delay) {
    auto& last = last_[{from, to}];
    last = std::max(last, now + delay);
    return last - now;
  }

 private:
  std::map<std::pair<NodeId, NodeId>, MonotonicTime> last_;
};

}  // namespace millrace::sim
