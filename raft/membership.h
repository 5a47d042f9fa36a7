#pragma once

#include "raft/state.h"

/// Voters come and go one at a time (thesis 4; the guard of an entry of the own term: Ongaro,
/// raft-dev, "bug in single-server membership changes", 2015; KIP-853).
namespace millrace::raft {

/// Makes an observer that has caught up a voter. The result is the offset of the change; it holds
/// when that is committed, and counts from now on.
///
/// Errors: kNotController, kAlreadyExists (the node votes, perhaps with another directory),
/// kReplicaNotAvailable (not heard of, or far behind), kLimitReached (another change, or the first
/// entry of the term, is not committed yet: try again).
Result<Offset> add_voter(State& state, const Replica& replica);

/// Takes a voter's vote away; it goes on as an observer. Errors: kNotController, kNotFound,
/// kInvalidArgument (the last voter), kLimitReached.
Result<Offset> remove_voter(State& state, const Replica& replica);

}  // namespace millrace::raft
