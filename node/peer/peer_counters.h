#pragma once

#include <absl/base/thread_annotations.h>

#include <cstdint>
#include <map>

#include "base/ids.h"
#include "node/loops/mutex.h"

namespace millrace::node {

/// Between this node and one other, since the start. Bytes are those of frames, questions and
/// answers, before TLS.
struct PeerTraffic {
  std::uint64_t messages_out = 0;
  std::uint64_t messages_in = 0;
  std::uint64_t messages_dropped = 0;  // not connected, or the queue was full
  std::uint64_t bytes_out = 0;
  std::uint64_t bytes_in = 0;
  std::uint64_t asks_out = 0;
  std::uint64_t asks_in = 0;
  std::uint64_t connections_out = 0;  // handshakes that succeeded
  std::uint64_t connections_in = 0;
};

struct PeerCounters {
  std::map<NodeId, PeerTraffic> by_node;
  /// Hellos, questions and certificates that this node turned down.
  std::uint64_t refused_here = 0;
  /// Attempts to connect that failed or that the other side turned down.
  std::uint64_t failed_out = 0;
  /// Frames of others that could not be read or were not theirs to send.
  std::uint64_t malformed = 0;
};

/// Written on the loop and by gRPC's threads, read by any.
class CounterBook {
 public:
  void add(NodeId node, std::uint64_t PeerTraffic::* which, std::uint64_t amount = 1) {
    const MutexLock lock(mutex_);
    counters_.by_node[node].*which += amount;
  }
  void add(std::uint64_t PeerCounters::* which) {
    const MutexLock lock(mutex_);
    ++(counters_.*which);
  }
  [[nodiscard]] PeerCounters read() const {
    const MutexLock lock(mutex_);
    return counters_;
  }

 private:
  mutable Mutex mutex_;
  PeerCounters counters_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace millrace::node
