#pragma once

#include "raft/state.h"

/// Linearizable reads without an entry (ReadIndex: thesis 6.4). No clock is trusted: a majority has
/// to answer a heartbeat that was sent after the read was asked.
namespace millrace::raft {

/// Errors: kLimitReached.
Status request_read(State& state, std::uint64_t token);
/// Answers the reads whose round a majority has answered.
void answer_reads(State& state);

}  // namespace millrace::raft
