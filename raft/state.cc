#include "raft/state.h"

#include "base/check.h"
#include "raft/planted.h"

namespace millrace::raft {

const VoterSet& voters(const State& state) {
  const auto& history = state.log.voters();
  return planted(Bug::kStaleVoters) ? history.at(state.log.committed_end()) : history.latest();
}

bool is_voter(const State& state) {
  return voters(state).contains(state.config.self);
}

MonotonicTime election_deadline(State& state) {
  const auto timeout = state.config.election_timeout;
  return state.now + timeout + Duration(state.random.between(0, timeout.count() - 1));
}

bool disk_stalls(const State& state) {
  const auto since = state.log.saves.waiting_since();
  return since && state.now - *since >= state.config.save_timeout;
}

void send_message(State& state, Message message) {
  const auto number = state.log.saves.hard_state_number();
  if (number > state.log.saves.saved() && !planted(Bug::kVoteNotSynced)) {
    state.held.push_back({number, std::move(message)});
  } else {
    state.output.messages.push_back(std::move(message));
  }
}

std::uint64_t save_hard_state(State& state) {
  const auto number = state.log.saves.add(state.log.end(), std::nullopt, true, state.now);
  state.output.saves.push_back({number, state.hard, std::nullopt, {}});
  return number;
}

void save_entries(State& state, std::optional<Offset> truncate_to, std::vector<Entry> entries) {
  if (truncate_to) state.log.truncate(*truncate_to);
  for (const Entry& entry : entries) state.log.append(entry);
  const auto number = state.log.saves.add(state.log.end(), truncate_to, false, state.now);
  state.output.saves.push_back({number, std::nullopt, truncate_to, std::move(entries)});
}

void become_follower(State& state, Term term, std::optional<Replica> leader) {
  CHECK(term >= state.hard.term);
  if (auto* old = std::get_if<Leader>(&state.role)) {
    for (const auto& read : old->reads) state.output.reads.push_back({read.token, std::nullopt});
  }
  if (term > state.hard.term) {
    state.hard = {term, kNobody};
    save_hard_state(state);
  }
  Follower follower;
  follower.leader = leader;
  follower.heard = state.now;
  follower.deadline = election_deadline(state);
  state.role = std::move(follower);
}

}  // namespace millrace::raft
