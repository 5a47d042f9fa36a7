#pragma once

#include "raft/state.h"

/// The side of a follower, with a vote or without (Raft paper 5.3).
namespace millrace::raft {

void on_append(State& state, const Replica& from, const AppendRequest& m);
/// Tells the leader what became durable since it was told.
void acknowledge(State& state);
/// Tells the leader what this log has of the leader's, also if it was told before. Requires:
/// follows a leader.
void tell_match(State& state);
void on_leader_hint(State& state, const LeaderHint& m);

/// Makes this replica a follower of `leader` in `term`, if it is not yet. False when the message is
/// of an earlier term: its sender is told which term it is.
bool follow(State& state, const Replica& leader, Term term);

}  // namespace millrace::raft
