#include "raft/raft.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"
#include "raft/election.h"
#include "raft/following.h"
#include "raft/limits.h"
#include "raft/membership.h"
#include "raft/planted.h"
#include "raft/reads.h"
#include "raft/replication.h"
#include "raft/snapshots.h"
#include "raft/transfer.h"

namespace millrace::raft {
namespace {

template <class... Functions>
struct Overloaded : Functions... {
  using Functions::operator()...;
};

State initial_state(Config config, Found found, std::uint64_t seed, MonotonicTime now) {
  const auto valid = config.validate();
  CHECK_MSG(valid.has_value(), valid.error().message);
  CHECK(found.log.start.end == Offset(0) || found.snapshot);
  return State{std::move(config), Random(seed),   now, found.hard, Log(std::move(found.log)),
               Follower{},        found.snapshot, {},  {},         {}};
}

}  // namespace

Raft::Raft(Config config, Found found, std::uint64_t seed, MonotonicTime now)
    : state_(initial_state(std::move(config), std::move(found), seed, now)) {
  become_follower(state_, state_.hard.term, std::nullopt);
  auto& follower = std::get<Follower>(state_.role);
  follower.heard = now - state_.config.election_timeout;
  // Nobody to wait for, or nobody who would come by itself.
  if (voters().size() <= 1 || !is_voter(state_)) follower.deadline = now;
}

void Raft::step(const Input& input, MonotonicTime now) {
  CHECK(now >= state_.now);
  state_.now = now;
  std::visit(Overloaded{
                 [&](const Message& message) { receive(message); },
                 [&](const Saved& saved) { on_saved(saved); },
                 [&](const EntriesRead& read) { on_entries_read(state_, read); },
                 [&](const ChunkRead& read) { on_chunk_read(state_, read); },
                 [&](const SnapshotStored& stored) { on_snapshot_stored(state_, stored); },
                 [&](const SnapshotTaken& taken) { on_snapshot_taken(state_, taken); },
             },
             input);
  check_invariants();
}

void Raft::tick(MonotonicTime now) {
  CHECK(now >= state_.now);
  state_.now = now;
  is_leader() ? tick_leader(state_) : tick_election(state_);
  check_invariants();
}

void Raft::receive(const Message& message) {
  const Replica& self = state_.config.self;
  const bool to_this_disk = message.to.directory.is_zero() ||
                            message.to.directory == self.directory ||
                            planted(Bug::kDirectoryIgnored);
  if (message.to.id != self.id || message.from.id == self.id || !to_this_disk) return;
  const Replica& from = message.from;
  std::visit(Overloaded{
                 [&](const VoteRequest& m) { on_vote_request(state_, from, message.to, m); },
                 [&](const VoteReply& m) { on_vote_reply(state_, from, m); },
                 [&](const AppendRequest& m) { on_append(state_, from, m); },
                 [&](const AppendReply& m) { on_append_reply(state_, from, m); },
                 [&](const SnapshotChunk& m) { on_snapshot_chunk(state_, from, m); },
                 [&](const SnapshotReply& m) { on_snapshot_reply(state_, from, m); },
                 [&](const TimeoutNow& m) { on_timeout_now(state_, m); },
                 [&](const Hello& m) { on_hello(state_, from, m); },
                 [&](const LeaderHint& m) { on_leader_hint(state_, m); },
             },
             message.body);
}

void Raft::on_saved(const Saved& saved) {
  state_.log.on_saved(saved.number);
  const auto still_held =
      std::find_if(state_.held.begin(), state_.held.end(),
                   [&](const HeldMessage& each) { return each.number > saved.number; });
  for (auto held = state_.held.begin(); held != still_held; ++held) {
    state_.output.messages.push_back(std::move(held->message));
  }
  state_.held.erase(state_.held.begin(), still_held);
  on_own_vote_saved(state_);
  acknowledge(state_);
  on_leader_saved(state_);
}

Result<Offset> Raft::propose(SharedBytes command, MonotonicTime now) {
  state_.now = std::max(state_.now, now);
  const auto* leader = std::get_if<Leader>(&state_.role);
  if (leader == nullptr || leader->transfer) {
    return fail(ErrorCode::kNotController, "this node does not lead the quorum");
  }
  if (leader->uncommitted_bytes + command.size() > kUncommittedBytesMax &&
      leader->uncommitted_bytes > 0) {
    return fail(ErrorCode::kLimitReached,
                fmt::format("{} bytes of changes wait for the quorum; try again",
                            leader->uncommitted_bytes));
  }
  const Offset offset = state_.log.end();
  append_as_leader(state_, Command{std::move(command)});
  check_invariants();
  return offset;
}

Result<Offset> Raft::add_voter(const Replica& replica, MonotonicTime now) {
  state_.now = std::max(state_.now, now);
  auto added = raft::add_voter(state_, replica);
  check_invariants();
  return added;
}

Result<Offset> Raft::remove_voter(const Replica& replica, MonotonicTime now) {
  state_.now = std::max(state_.now, now);
  auto removed = raft::remove_voter(state_, replica);
  check_invariants();
  return removed;
}

Status Raft::transfer(NodeId to, MonotonicTime now) {
  state_.now = std::max(state_.now, now);
  return begin_transfer(state_, to);
}

Status Raft::read(std::uint64_t token, MonotonicTime now) {
  state_.now = std::max(state_.now, now);
  return request_read(state_, token);
}

std::optional<Replica> Raft::leader() const {
  if (is_leader()) return state_.config.self;
  const auto* follower = std::get_if<Follower>(&state_.role);
  return follower == nullptr ? std::nullopt : follower->leader;
}

Offset Raft::first_of_term() const {
  return std::get<Leader>(state_.role).first;
}

std::string_view Raft::role_name() const {
  return std::visit(Overloaded{
                        [&](const Follower&) -> std::string_view {
                          return is_voter(state_) ? "follower" : "observer";
                        },
                        [](const Prospective&) -> std::string_view { return "prospective"; },
                        [](const Candidate&) -> std::string_view { return "candidate"; },
                        [](const Leader&) -> std::string_view { return "leader"; },
                    },
                    state_.role);
}

void Raft::check_invariants() const {
  state_.log.check_invariants();
  CHECK_MSG(state_.log.last().term <= state_.hard.term, describe());
  CHECK_MSG(!state_.installing || std::holds_alternative<Follower>(state_.role), describe());
  if (const auto* leader = std::get_if<Leader>(&state_.role)) {
    CHECK_MSG(state_.hard.voted_for == state_.config.self, describe());
    for (const auto& [replica, progress] : leader->progress) {
      CHECK_MSG(progress.match <= progress.next && progress.next <= state_.log.end(), describe());
    }
  }
}

}  // namespace millrace::raft
