#pragma once

#include "raft/state.h"

/// Hands leadership to a voter of choice, without a gap (thesis 3.10).
namespace millrace::raft {

/// From now on proposals are refused, until `to` leads or an election timeout has passed. Errors:
/// kNotController (does not lead), kInvalidArgument (not another voter).
Status begin_transfer(State& state, NodeId to);
/// Goes on with a transfer that was begun.
void tick_transfer(State& state);
void on_timeout_now(State& state, const TimeoutNow& m);

}  // namespace millrace::raft
