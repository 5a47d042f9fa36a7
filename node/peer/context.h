#pragma once

#include <memory>

#include "base/random.h"
#include "node/peer/credentials.h"
#include "node/peer/frame_stream.h"
#include "node/peer/handshake.h"
#include "node/peer/peers.h"

namespace millrace::node {

/// What the parts of Peers share. Lives on the loop, but for the book of counters.
struct PeerContext {
  Loop& loop;
  std::shared_ptr<LoopGate> gate;
  HandshakeRules rules;
  Credentials credentials;
  Peers::Handlers handlers;
  std::shared_ptr<CounterBook> counters;
  std::shared_ptr<CallTracker> calls;
  Random random;

  /// A channel of its own, never shared: with the constants of decision 4.
  [[nodiscard]] std::shared_ptr<grpc::Channel> open_channel(const Endpoint& address) const;
};

}  // namespace millrace::node
