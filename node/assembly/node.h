#pragma once

#include <memory>

#include "base/result.h"
#include "node/assembly/stop_signal.h"
#include "node/config/node_config.h"

namespace millrace::node {

/// One running node: all threads and sockets of the process, put together.
///
/// Owner: main, which also is the only thread to call it.
class Node {
 public:
  /// Starts in this order: sockets (a taken port touches nothing), directory and journal, metadata
  /// log, other nodes, registration, recovery, loops, listeners. Returns when the node is ready,
  /// which may wait for other nodes. `stop`, which outlives the node, ends that, and hears of what
  /// breaks later. Errors carry one sentence; kInvalidConfig is a mistake in the configuration,
  /// kShuttingDown that stop was requested, everything else one of the environment.
  static Result<std::unique_ptr<Node>> start(NodeConfig config, StopSignal& stop);
  ~Node();

  /// Answers what is in flight, for a bounded time, and closes the logs so that the next start
  /// finds them clean. False when that was not possible. Idempotent.
  bool stop();

 private:
  struct Impl;
  explicit Node(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace millrace::node
