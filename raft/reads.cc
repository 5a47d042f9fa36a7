#include "raft/reads.h"

#include "raft/limits.h"
#include "raft/planted.h"
#include "raft/quorum.h"
#include "raft/replication.h"

namespace millrace::raft {
namespace {

/// The last round that a majority has answered.
std::uint64_t confirmed_round(const State& state) {
  const auto& leader = std::get<Leader>(state.role);
  if (planted(Bug::kReadWithoutQuorum)) return leader.round;
  std::vector<Offset> rounds;
  for (const Replica& voter : voters(state)) {
    const auto known = leader.progress.find(voter);
    std::uint64_t round = voter == state.config.self ? leader.round : 0;
    if (known != leader.progress.end()) round = known->second.round;
    rounds.emplace_back(static_cast<std::int64_t>(round));
  }
  return static_cast<std::uint64_t>(majority_end(std::move(rounds)).value());
}

}  // namespace

Status request_read(State& state, std::uint64_t token) {
  auto* leader = std::get_if<Leader>(&state.role);
  if (leader == nullptr) {
    state.output.reads.push_back({token, std::nullopt});
    return {};
  }
  if (leader->reads.size() >= kReadsMax) {
    return fail(ErrorCode::kLimitReached, "too many reads wait for the quorum; try again");
  }
  leader->reads.push_back({token, leader->round + 1});
  send_round(state);
  answer_reads(state);  // a quorum of one needs nobody
  return {};
}

void answer_reads(State& state) {
  auto& leader = std::get<Leader>(state.role);
  // Before an entry of its own term is committed a leader does not know what is.
  if (leader.reads.empty() || state.log.committed_end() <= leader.first) return;
  const std::uint64_t confirmed = confirmed_round(state);
  while (!leader.reads.empty() && leader.reads.front().round <= confirmed) {
    state.output.reads.push_back({leader.reads.front().token, state.log.committed_end()});
    leader.reads.pop_front();
  }
}

}  // namespace millrace::raft
