#include "raft/transfer.h"

#include <fmt/format.h>

#include <algorithm>

#include "raft/election.h"

namespace millrace::raft {

Status begin_transfer(State& state, NodeId to) {
  auto* leader = std::get_if<Leader>(&state.role);
  if (leader == nullptr)
    return fail(ErrorCode::kNotController, "this node does not lead the quorum");
  const auto& set = voters(state);
  const auto voter =
      std::find_if(set.begin(), set.end(), [to](const Replica& each) { return each.id == to; });
  if (voter == set.end() || *voter == state.config.self) {
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("node {} is not another voter of {}", to.value(), describe(set)));
  }
  leader->transfer = Transfer{*voter, state.now + state.config.election_timeout, false};
  tick_transfer(state);
  return {};
}

void tick_transfer(State& state) {
  auto& leader = std::get<Leader>(state.role);
  if (!leader.transfer) return;
  const auto progress = leader.progress.find(leader.transfer->to);
  if (state.now >= leader.transfer->deadline || progress == leader.progress.end()) {
    return leader.transfer.reset();
  }
  if (leader.transfer->sent || progress->second.match < state.log.end()) return;
  leader.transfer->sent = true;
  send(state, leader.transfer->to, TimeoutNow{state.hard.term});
}

void on_timeout_now(State& state, const TimeoutNow& m) {
  if (m.term != state.hard.term || !std::holds_alternative<Follower>(state.role)) return;
  if (is_voter(state) && !state.installing) become_candidate(state, true);
}

}  // namespace millrace::raft
