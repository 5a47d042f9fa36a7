#pragma once

#include <absl/functional/any_invocable.h>

#include <memory>

#include "node/net/endpoint.h"
#include "node/peer/loop_gate.h"

namespace millrace::node {

/// kProbes raw connects to every address that the host name has, kProbeInterval apart. `done(true)`
/// when each is refused, `done(false)` at the first that is not: accepted, lost or unknown. Runs on
/// the loop, later, unless the gate is closed first.
void probe_endpoint(Loop& loop, std::shared_ptr<LoopGate> gate, const Endpoint& address,
                    absl::AnyInvocable<void(bool all_refused) &&> done);

}  // namespace millrace::node
