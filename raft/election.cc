#include "raft/election.h"

#include "raft/planted.h"
#include "raft/replication.h"

namespace millrace::raft {
namespace {

/// Whether this replica has a leader that it heard of so recently that nobody should campaign.
bool has_live_leader(const State& state) {
  if (std::holds_alternative<Leader>(state.role)) return true;
  const auto* follower = std::get_if<Follower>(&state.role);
  return follower != nullptr && follower->leader &&
         state.now - follower->heard < state.config.election_timeout;
}

/// Requires: has_live_leader().
Replica known_leader(const State& state) {
  const auto* follower = std::get_if<Follower>(&state.role);
  return follower == nullptr ? state.config.self : *follower->leader;
}

bool may_campaign(const State& state) {
  return is_voter(state) && !state.installing && !disk_stalls(state);
}

void ask_voters(State& state, const VoteRequest& request) {
  for (const Replica& voter : voters(state)) {
    if (voter != state.config.self) send(state, voter, request);
  }
}

/// What the votes so far mean.
void count_votes(State& state) {
  if (auto* prospective = std::get_if<Prospective>(&state.role)) {
    switch (prospective->ballot.outcome(voters(state))) {
      case Ballot::Outcome::kWon:
        return become_candidate(state, false);
      case Ballot::Outcome::kLost:
        return become_follower(state, state.hard.term, std::nullopt);
      case Ballot::Outcome::kOpen:
        return;
    }
  }
  if (auto* candidate = std::get_if<Candidate>(&state.role)) {
    switch (candidate->ballot.outcome(voters(state))) {
      case Ballot::Outcome::kWon:
        return become_leader(state);
      case Ballot::Outcome::kLost:
        return become_follower(state, state.hard.term, std::nullopt);
      case Ballot::Outcome::kOpen:
        return;
    }
  }
}

/// A replica that knows no leader asks around, and so does one that may not campaign.
void look_for_leader(State& state, Follower& follower) {
  follower.deadline = election_deadline(state);
  follower.leader.reset();
  for (const Replica& voter : voters(state)) {
    if (voter != state.config.self) send(state, voter, Hello{state.hard.term, state.log.last()});
  }
}

}  // namespace

void tick_election(State& state) {
  const auto due = [&](MonotonicTime deadline) { return state.now >= deadline; };
  if (auto* follower = std::get_if<Follower>(&state.role)) {
    if (!due(follower->deadline)) return;
    if (!may_campaign(state)) return look_for_leader(state, *follower);
    return planted(Bug::kPreVoteSkipped) ? become_candidate(state, false)
                                         : become_prospective(state);
  }
  const auto* prospective = std::get_if<Prospective>(&state.role);
  const auto* candidate = std::get_if<Candidate>(&state.role);
  if ((prospective != nullptr && due(prospective->deadline)) ||
      (candidate != nullptr && due(candidate->deadline))) {
    if (may_campaign(state)) return become_prospective(state);
    become_follower(state, state.hard.term, std::nullopt);
  }
}

void become_prospective(State& state) {
  Prospective prospective;
  prospective.deadline = election_deadline(state);
  prospective.ballot.count(state.config.self, true);
  state.role = std::move(prospective);
  ask_voters(state, {state.hard.term + 1, true, state.log.last(), false});
  count_votes(state);
}

void become_candidate(State& state, bool transfer) {
  state.hard = {state.hard.term + 1, state.config.self};
  Candidate candidate;
  candidate.deadline = election_deadline(state);
  candidate.transfer = transfer;
  candidate.vote_number = save_hard_state(state);
  state.role = std::move(candidate);
  ask_voters(state, {state.hard.term, false, state.log.last(), transfer});
  if (planted(Bug::kVoteNotSynced)) on_own_vote_saved(state);
}

void on_own_vote_saved(State& state) {
  auto* candidate = std::get_if<Candidate>(&state.role);
  if (candidate == nullptr) return;
  if (state.log.saves.saved() < candidate->vote_number && !planted(Bug::kVoteNotSynced)) return;
  candidate->ballot.count(state.config.self, true);
  count_votes(state);
}

void on_vote_request(State& state, const Replica& from, const Replica& to, const VoteRequest& m) {
  // Whoever asks means the voter that this node was with another disk.
  if (to != state.config.self && !planted(Bug::kDirectoryIgnored)) return;
  const bool log_is_good = m.last >= state.log.last() || planted(Bug::kStaleLogElected);
  if (m.pre) {
    const bool live = has_live_leader(state);
    const bool granted = m.term > state.hard.term && !live && log_is_good;
    // It may have lost its vote without knowing: then only the leader can tell it.
    if (live) send(state, from, LeaderHint{state.hard.term, known_leader(state)});
    return send(state, from, VoteReply{granted ? m.term : state.hard.term, true, granted});
  }
  if (m.term < state.hard.term) return send(state, from, VoteReply{state.hard.term, false, false});
  // A replica that was removed or cut off does not disturb those who have a leader.
  if (m.term > state.hard.term && has_live_leader(state) && !m.transfer &&
      !planted(Bug::kPreVoteSkipped))
    return;
  if (m.term > state.hard.term) become_follower(state, m.term, std::nullopt);
  const bool free =
      state.hard.voted_for == kNobody || state.hard.voted_for == from || planted(Bug::kVotesTwice);
  const bool granted = free && log_is_good && !state.installing;
  if (granted && state.hard.voted_for != from) {
    state.hard.voted_for = from;
    save_hard_state(state);
  }
  if (auto* follower = std::get_if<Follower>(&state.role); granted && follower != nullptr)
    follower->deadline = election_deadline(state);
  send(state, from, VoteReply{state.hard.term, false, granted});
}

void on_vote_reply(State& state, const Replica& from, const VoteReply& m) {
  const bool promise = m.pre && m.granted;  // of a term that has not begun
  if (m.term > state.hard.term && !promise) {
    return become_follower(state, m.term, std::nullopt);
  }
  auto* prospective = std::get_if<Prospective>(&state.role);
  auto* candidate = std::get_if<Candidate>(&state.role);
  if (m.pre && prospective != nullptr) {
    if (m.granted && m.term != state.hard.term + 1) return;  // of an earlier try
    prospective->ballot.count(from, m.granted);
  } else if (!m.pre && candidate != nullptr && m.term == state.hard.term) {
    candidate->ballot.count(from, m.granted);
  } else {
    return;
  }
  count_votes(state);
}

}  // namespace millrace::raft
