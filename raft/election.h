#pragma once

#include "raft/state.h"

/// How a leader is found: pre-vote, vote, and who may get one (Raft paper 5.2 and 5.4; thesis 4.2.3
/// and 9.6; KIP-996).
namespace millrace::raft {

/// The election timer of a follower, prospective or candidate: campaigns when it is due.
void tick_election(State& state);

/// Asks the other voters whether it would win, without disturbing anyone.
void become_prospective(State& state);
/// Begins a new term, in which this replica votes for itself. `transfer`: the leader asked for it.
void become_candidate(State& state, bool transfer);

void on_vote_request(State& state, const Replica& from, const Replica& to, const VoteRequest& m);
void on_vote_reply(State& state, const Replica& from, const VoteReply& m);
/// The candidate's own vote counts once it is durable.
void on_own_vote_saved(State& state);

}  // namespace millrace::raft
