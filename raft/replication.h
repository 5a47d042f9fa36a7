#pragma once

#include "raft/state.h"

/// The side of a leader: what goes to whom, and what is committed (Raft paper 5.3 and 5.4.2).
namespace millrace::raft {

void become_leader(State& state);
/// Stops leading without knowing who will.
void resign(State& state);

/// Appends at the end of the leader's log and sends it on. Requires: leads.
void append_as_leader(State& state, std::variant<LeaderChange, Command, VoterSet> body);

/// Heartbeats, and the end of a leadership that a majority does not confirm.
void tick_leader(State& state);
/// Sends what there is to send to everyone.
void send_to_all(State& state);
/// A heartbeat to everyone now; the result is its round.
std::uint64_t send_round(State& state);
/// Takes into account what became durable on this replica.
void on_leader_saved(State& state);

void on_append_reply(State& state, const Replica& from, const AppendReply& m);
void on_hello(State& state, const Replica& from, const Hello& m);
void on_entries_read(State& state, const EntriesRead& read);

/// Notes that `from` answered. nullptr when this replica does not lead in `term`, or does not know
/// it.
Progress* note_heard(State& state, const Replica& from, Term term, std::uint64_t round);
/// What may have changed after an answer: commits, reads, a transfer, removed voters.
void settle(State& state);

}  // namespace millrace::raft
