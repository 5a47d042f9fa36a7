#pragma once

#include <optional>
#include <vector>

#include "base/random.h"
#include "raft/config.h"
#include "raft/log.h"
#include "raft/output.h"
#include "raft/role.h"

/// What all parts of the core work on. Everything is a value, so a replica can be copied, and
/// explored from there.
namespace millrace::raft {

struct HeldMessage {
  std::uint64_t number;  // of the save that it waits for
  Message message;
};

struct State {
  Config config;
  Random random;
  MonotonicTime now;
  HardState hard;
  Log log;
  Role role;
  std::optional<LogPosition> snapshot;    // newest that is on disk
  std::optional<LogPosition> installing;  // all pieces are saved, SnapshotStored is awaited
  std::vector<HeldMessage> held;
  Output output;
};

[[nodiscard]] bool is_voter(const State& state);
/// The newest set that the log names, committed or not.
[[nodiscard]] const VoterSet& voters(const State& state);
/// A moment between one and two election timeouts from now.
MonotonicTime election_deadline(State& state);
/// Whether the disk is so slow that this replica should not lead.
[[nodiscard]] bool disk_stalls(const State& state);

/// Sends; but first waits until the term and vote that this replica has now are durable. So no
/// message ever tells what a crash could take back.
template <class Body>
void send(State& state, const Replica& to, Body body);
void send_message(State& state, Message message);

/// Saves term and vote.
std::uint64_t save_hard_state(State& state);
/// Cuts and appends, in the log and on disk.
void save_entries(State& state, std::optional<Offset> truncate_to, std::vector<Entry> entries);

/// Follows `leader`, or nobody yet. A later term is saved, and in it no vote is given yet.
void become_follower(State& state, Term term, std::optional<Replica> leader);

template <class Body>
void send(State& state, const Replica& to, Body body) {
  send_message(state, {state.config.self, to, std::move(body)});
}

}  // namespace millrace::raft
