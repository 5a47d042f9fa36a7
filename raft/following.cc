#include "raft/following.h"

#include <algorithm>

#include "base/check.h"
#include "raft/planted.h"

namespace millrace::raft {
namespace {

/// Up to where this replica acknowledges: what it has from this leader, and durably.
Offset durable_match(const State& state, const Follower& follower) {
  const bool early = planted(Bug::kCountedBeforeDurable);
  return early ? follower.match_end : std::min(follower.match_end, state.log.durable_end());
}

void reply(State& state, const AppendRequest& m, bool matched, LogPosition position) {
  const auto& follower = std::get<Follower>(state.role);
  send(state, *follower.leader,
       AppendReply{state.hard.term, m.round, matched, position, m.prev.end});
}

/// Appends what is new in `entries`, which begin at an offset that both logs agree up to; cuts off
/// what contradicts them.
void take(State& state, const std::vector<Entry>& entries) {
  const Log& log = state.log;
  auto first = entries.begin();
  while (first != entries.end() && first->offset < log.end()) {
    const bool same = first->offset < log.committed_end() ||
                      log.terms().term_before(first->offset + 1) == first->term;
    if (planted(Bug::kTruncatesAlways) && first->offset >= log.committed_end()) break;
    if (!same && !planted(Bug::kNoTruncation)) break;
    ++first;
  }
  if (first == entries.end()) return;
  const bool cut = first->offset < log.end();
  save_entries(state, cut ? std::optional(first->offset) : std::nullopt, {first, entries.end()});
}

}  // namespace

bool follow(State& state, const Replica& leader, Term term) {
  if (term < state.hard.term) {
    send(state, leader, AppendReply{state.hard.term, 0, false, state.log.last(), Offset(0)});
    return false;
  }
  const auto* follower = std::get_if<Follower>(&state.role);
  CHECK_MSG(term > state.hard.term || !std::holds_alternative<Leader>(state.role),
            "two leaders in one term: " + describe(leader));
  if (term > state.hard.term || follower == nullptr || !follower->leader) {
    become_follower(state, term, leader);
  } else {
    CHECK_MSG(*follower->leader == leader, "two leaders in one term: " + describe(leader));
  }
  auto& now_follower = std::get<Follower>(state.role);
  now_follower.heard = state.now;
  now_follower.deadline = election_deadline(state);
  return true;
}

void on_append(State& state, const Replica& from, const AppendRequest& m) {
  if (!follow(state, from, m.term)) return;
  auto& follower = std::get<Follower>(state.role);
  follower.round = std::max(follower.round, m.round);
  // While a snapshot takes the place of the log, nothing can be said of the log.
  if (state.installing) return reply(state, m, false, state.log.last());

  const Log& log = state.log;
  const bool known = m.prev.end <= log.committed_end();  // both have what is committed
  if (!known && !log.terms().contains(m.prev) && !planted(Bug::kConflictIgnored)) {
    return reply(state, m, false, log.terms().nearest(m.prev));
  }
  if (m.prev.end > log.end()) return reply(state, m, false, log.last());
  take(state, m.entries);
  const Offset end = m.prev.end + static_cast<std::int64_t>(m.entries.size());
  follower.match_end = std::max(follower.match_end, std::min(end, log.end()));
  state.log.note_committed(std::min(m.committed_end, follower.match_end));
  // What is new is acknowledged when it is durable; the rest at once.
  follower.acked_end = durable_match(state, follower);
  reply(state, m, true, {Term(0), follower.acked_end});
}

void acknowledge(State& state) {
  const auto* follower = std::get_if<Follower>(&state.role);
  if (follower == nullptr || !follower->leader) return;
  if (durable_match(state, *follower) > follower->acked_end) tell_match(state);
}

void tell_match(State& state) {
  auto& follower = std::get<Follower>(state.role);
  const Offset end = follower.acked_end = durable_match(state, follower);
  send(state, *follower.leader,
       AppendReply{state.hard.term, follower.round, true, {Term(0), end}, end});
}

void on_leader_hint(State& state, const LeaderHint& m) {
  const auto* follower = std::get_if<Follower>(&state.role);
  const bool has_one = follower != nullptr && follower->leader;
  const bool looks = follower != nullptr || std::holds_alternative<Prospective>(state.role);
  if (has_one || !looks || m.leader == state.config.self) return;
  // Not followed before it speaks itself: only then it is known to lead.
  send(state, m.leader, Hello{state.hard.term, state.log.last()});
}

}  // namespace millrace::raft
