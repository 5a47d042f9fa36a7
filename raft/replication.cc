#include "raft/replication.h"

#include <algorithm>

#include "base/check.h"
#include "raft/following.h"
#include "raft/limits.h"
#include "raft/planted.h"
#include "raft/reads.h"
#include "raft/snapshots.h"
#include "raft/transfer.h"

namespace millrace::raft {
namespace {

Leader& leader_of(State& state) {
  return std::get<Leader>(state.role);
}

/// Every voter has a progress from the moment that it is one.
void know_voters(State& state) {
  Leader& leader = leader_of(state);
  for (const Replica& voter : voters(state)) {
    if (voter == state.config.self || leader.progress.contains(voter)) continue;
    Progress& progress = leader.progress[voter];
    progress.next = state.log.end();
    progress.heard = state.now;
  }
}

void send_append(State& state, const Replica& to, Progress& progress, std::vector<Entry> entries) {
  const LogPosition prev{state.log.terms().term_before(progress.next), progress.next};
  progress.committed_sent = state.log.committed_end();
  progress.next = progress.next + static_cast<std::int64_t>(entries.size());
  send(state, to,
       AppendRequest{state.hard.term, prev, std::move(entries), state.log.committed_end(),
                     leader_of(state).round});
}

/// Of a follower that lacks everything: it need not match, but keeps hearing of its leader.
void send_heartbeat(State& state, const Replica& to) {
  send(state, to,
       AppendRequest{state.hard.term, state.log.last(), {}, Offset(0), leader_of(state).round});
}

std::size_t total_bytes(const std::vector<Entry>& entries) {
  std::size_t bytes = 0;
  for (const Entry& entry : entries) bytes += bytes_of(entry);
  return bytes;
}

void send_entries(State& state, const Replica& to, Progress& progress, std::vector<Entry> entries) {
  auto& replicating = std::get<Replicating>(progress.state);
  const std::size_t bytes = total_bytes(entries);
  replicating.in_flight.push_back(
      {progress.next + static_cast<std::int64_t>(entries.size()), bytes});
  replicating.bytes += bytes;
  send_append(state, to, progress, std::move(entries));
}

/// Sends entries while there are any and the follower has room for them. What is no longer in
/// memory is read first.
void send_more(State& state, const Replica& to, Progress& progress) {
  const Log& log = state.log;
  if (progress.next < log.start().end) return begin_snapshot(state, to, progress);
  auto& replicating = std::get<Replicating>(progress.state);
  while (progress.next < log.end() && replicating.bytes < kInFlightBytesMax &&
         !replicating.reading) {
    if (progress.next < log.window().first()) {
      replicating.reading = true;
      state.output.entry_reads.push_back({to, progress.next, kMessageBytesMax});
      return;
    }
    send_entries(state, to, progress, log.window().read(progress.next, kMessageBytesMax));
  }
}

/// `now`: also when there is nothing new.
void send_to(State& state, const Replica& to, Progress& progress, bool now) {
  if (auto* probing = std::get_if<Probing>(&progress.state)) {
    if (probing->waiting && !now) return;
    if (progress.next < state.log.start().end) return begin_snapshot(state, to, progress);
    probing->waiting = true;
    return send_append(state, to, progress, {});
  }
  if (std::holds_alternative<Snapshotting>(progress.state)) {
    send_snapshot(state, to, progress);
    if (now) send_heartbeat(state, to);
    return;
  }
  const Offset before = progress.next;
  send_more(state, to, progress);
  if (!std::holds_alternative<Replicating>(progress.state)) return;
  const bool told = progress.next > before;
  if (!told && (now || progress.committed_sent < state.log.committed_end()))
    send_append(state, to, progress, {});
}

void free_in_flight(Replicating& replicating, Offset match) {
  while (!replicating.in_flight.empty() && replicating.in_flight.front().end <= match) {
    replicating.bytes -= replicating.in_flight.front().bytes;
    replicating.in_flight.pop_front();
  }
}

void on_match(State& state, Progress& progress, Offset end) {
  CHECK_MSG(end <= state.log.end(), state.log.describe());
  progress.match = std::max(progress.match, end);
  progress.next = std::max(progress.next, progress.match);
  // A follower that gets a snapshot needs it no more once it has what the log begins with.
  if (std::holds_alternative<Probing>(progress.state) ||
      (std::holds_alternative<Snapshotting>(progress.state) &&
       progress.match >= state.log.start().end))
    progress.state = Replicating{};
  if (auto* replicating = std::get_if<Replicating>(&progress.state))
    free_in_flight(*replicating, progress.match);
}

/// The follower lacks what lay before an append: go back to where the logs may agree.
void on_mismatch(State& state, Progress& progress, const AppendReply& m) {
  if (m.prev_end <= progress.match) return;  // an old message: since then it matched
  const auto& terms = state.log.terms();
  const LogPosition agree = terms.contains(m.position) || m.position.end < terms.start().end
                                ? m.position
                                : terms.nearest(m.position);
  // It does not even have what the log begins with: only a snapshot helps.
  const bool lost = m.prev_end == terms.start().end;
  progress.next = std::max(progress.match, lost ? terms.start().end - 1 : agree.end);
  progress.state = Probing{};
}

/// What a majority has durably, of this term: all before it is committed with it.
void advance_committed(State& state) {
  const Log& log = state.log;
  Leader& leader = leader_of(state);
  std::vector<Offset> ends;
  for (const Replica& voter : voters(state)) {
    if (voter == state.config.self) {
      ends.push_back(planted(Bug::kCountedBeforeDurable) ? log.end() : log.durable_end());
    } else {
      const auto known = leader.progress.find(voter);
      ends.push_back(known == leader.progress.end() ? Offset(0) : known->second.match);
    }
  }
  const Offset end = ends.empty() ? Offset(0) : majority_end(std::move(ends));
  if (end <= log.committed_end()) return;
  // An entry of an earlier term may be on a majority and still be lost (paper, figure 8).
  if (end <= leader.first && !planted(Bug::kOldTermCommitted)) return;
  state.log.note_committed(end);
  while (!leader.uncommitted.empty() && leader.uncommitted.front().first < log.committed_end()) {
    leader.uncommitted_bytes -= leader.uncommitted.front().second;
    leader.uncommitted.pop_front();
  }
}

void forget_silent_observers(State& state) {
  std::erase_if(leader_of(state).progress, [&](const auto& known) {
    return !voters(state).contains(known.first) &&
           state.now - known.second.heard >= state.config.observer_timeout;
  });
}

bool majority_is_silent(State& state) {
  std::vector<MonotonicTime> heard;
  for (const Replica& voter : voters(state)) {
    const bool self = voter == state.config.self;
    heard.push_back(self ? state.now : leader_of(state).progress[voter].heard);
  }
  return !heard.empty() &&
         state.now - majority_heard(std::move(heard)) >= state.config.election_timeout;
}

/// A leader whose removal is committed leads no longer; the one that is furthest goes on.
bool left_the_voters(State& state) {
  if (is_voter(state) || state.log.voters().latest_end() > state.log.committed_end()) return false;
  auto& progress = leader_of(state).progress;
  Replica best = kNobody;
  for (const Replica& voter : voters(state)) {
    if (best == kNobody || progress[voter].match > progress[best].match) best = voter;
  }
  send_to_all(state);  // the voters learn that the removal is committed
  send(state, best, TimeoutNow{state.hard.term});
  resign(state);
  return true;
}

}  // namespace

void become_leader(State& state) {
  Leader leader;
  leader.first = state.log.end();
  leader.next_heartbeat = state.now + state.config.heartbeat_interval;
  state.role = std::move(leader);
  know_voters(state);
  append_as_leader(state, LeaderChange{});
  // A formation leaves the voters beside the log; once they are in it, everybody learns them.
  if (std::holds_alternative<Leader>(state.role) && state.log.voters().latest_end() == Offset(0))
    append_as_leader(state, voters(state));
}

void resign(State& state) {
  become_follower(state, state.hard.term, std::nullopt);
}

void append_as_leader(State& state, std::variant<LeaderChange, Command, VoterSet> body) {
  Entry entry{state.log.end(), state.hard.term, std::move(body)};
  Leader& leader = leader_of(state);
  leader.uncommitted.emplace_back(entry.offset, bytes_of(entry));
  leader.uncommitted_bytes += bytes_of(entry);
  save_entries(state, std::nullopt, {std::move(entry)});
  know_voters(state);
  send_to_all(state);
  if (planted(Bug::kCountedBeforeDurable)) settle(state);
}

void send_to_all(State& state) {
  for (auto& [replica, progress] : leader_of(state).progress) {
    send_to(state, replica, progress, false);
  }
}

std::uint64_t send_round(State& state) {
  Leader& leader = leader_of(state);
  ++leader.round;
  leader.next_heartbeat = state.now + state.config.heartbeat_interval;
  for (auto& [replica, progress] : leader.progress) send_to(state, replica, progress, true);
  return leader.round;
}

void tick_leader(State& state) {
  if ((majority_is_silent(state) && !planted(Bug::kNoCheckQuorum)) || disk_stalls(state))
    return resign(state);
  forget_silent_observers(state);
  tick_transfer(state);
  if (state.now >= leader_of(state).next_heartbeat) send_round(state);
}

void on_leader_saved(State& state) {
  if (std::holds_alternative<Leader>(state.role)) settle(state);
}

void settle(State& state) {
  know_voters(state);
  const Offset before = state.log.committed_end();
  advance_committed(state);
  answer_reads(state);
  if (left_the_voters(state)) return;
  if (state.log.committed_end() > before) send_to_all(state);
  tick_transfer(state);
}

Progress* note_heard(State& state, const Replica& from, Term term, std::uint64_t round) {
  if (term > state.hard.term) {
    become_follower(state, term, std::nullopt);
    return nullptr;
  }
  auto* leader = std::get_if<Leader>(&state.role);
  if (leader == nullptr || term < state.hard.term) return nullptr;
  auto known = leader->progress.find(from);
  if (known == leader->progress.end() && planted(Bug::kDirectoryIgnored)) {
    known = std::find_if(leader->progress.begin(), leader->progress.end(),
                         [&](const auto& each) { return each.first.id == from.id; });
  }
  if (known == leader->progress.end()) return nullptr;
  known->second.heard = state.now;
  known->second.round = std::max(known->second.round, round);
  return &known->second;
}

void on_append_reply(State& state, const Replica& from, const AppendReply& m) {
  Progress* progress = note_heard(state, from, m.term, m.round);
  if (progress == nullptr) return;
  if (m.matched) {
    on_match(state, *progress, m.position.end);
  } else if (!std::holds_alternative<Snapshotting>(progress->state)) {
    on_mismatch(state, *progress, m);
  }
  send_to(state, from, *progress, false);
  settle(state);
}

void on_hello(State& state, const Replica& from, const Hello& m) {
  if (const auto* follower = std::get_if<Follower>(&state.role)) {
    if (follower->leader && *follower->leader != from)
      send(state, from, LeaderHint{state.hard.term, *follower->leader});
    return;
  }
  // It saw a later term, so it will not follow in this one: there has to be an election.
  if (m.term > state.hard.term) return become_follower(state, m.term, std::nullopt);
  auto* leader = std::get_if<Leader>(&state.role);
  if (leader == nullptr || leader->progress.size() >= kObserversMax) return;
  Progress fresh;
  fresh.next = state.log.end();
  auto& progress = leader->progress.try_emplace(from, std::move(fresh)).first->second;
  progress.heard = state.now;
  send_to(state, from, progress, true);
}

void on_entries_read(State& state, const EntriesRead& read) {
  auto* leader = std::get_if<Leader>(&state.role);
  if (leader == nullptr || read.term != state.hard.term) return;
  const auto known = leader->progress.find(read.follower);
  if (known == leader->progress.end()) return;
  auto* replicating = std::get_if<Replicating>(&known->second.state);
  if (replicating == nullptr || !replicating->reading) return;
  replicating->reading = false;
  const Offset next = known->second.next;
  if (read.entries.empty() || read.entries.front().offset != next) return;
  // Meanwhile a snapshot may have taken the place of what lay before them.
  if (next >= state.log.start().end)
    send_entries(state, read.follower, known->second, read.entries);
  send_to(state, read.follower, known->second, false);
}

}  // namespace millrace::raft
