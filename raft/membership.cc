#include "raft/membership.h"

#include <fmt/format.h>

#include "raft/limits.h"
#include "raft/planted.h"
#include "raft/replication.h"

namespace millrace::raft {
namespace {

Status check_may_change(const State& state) {
  const auto* leader = std::get_if<Leader>(&state.role);
  if (leader == nullptr || leader->transfer) {
    return fail(ErrorCode::kNotController, "this node does not lead the quorum");
  }
  if (state.log.committed_end() <= leader->first && !planted(Bug::kChangeBeforeOwnEntry)) {
    return fail(ErrorCode::kLimitReached,
                "the leader has not committed an entry of its term yet; try again");
  }
  if (state.log.voters().latest_end() > state.log.committed_end() &&
      !planted(Bug::kTwoChangesAtOnce)) {
    return fail(ErrorCode::kLimitReached,
                "another change of the voters is not committed yet; try again");
  }
  return {};
}

Status check_caught_up(const State& state, const Replica& replica) {
  const auto& progress = std::get<Leader>(state.role).progress;
  const auto known = progress.find(replica);
  if (known == progress.end() || state.now - known->second.heard >= state.config.election_timeout) {
    return fail(ErrorCode::kReplicaNotAvailable,
                fmt::format("{} does not follow the leader; start it, and look whether it "
                            "reaches the quorum",
                            describe(replica)));
  }
  const auto lag = state.log.end() - known->second.match;
  if (lag <= kCaughtUpEntries) return {};
  return fail(ErrorCode::kReplicaNotAvailable,
              fmt::format("{} is {} entries behind, at most {} are allowed; wait until it has "
                          "caught up",
                          describe(replica), lag, kCaughtUpEntries));
}

Offset change_to(State& state, VoterSet changed) {
  const Offset offset = state.log.end();
  append_as_leader(state, std::move(changed));
  return offset;
}

}  // namespace

Result<Offset> add_voter(State& state, const Replica& replica) {
  RETURN_IF_ERROR(check_may_change(state));
  if (voters(state).contains(replica.id)) {
    return fail(ErrorCode::kAlreadyExists,
                fmt::format("node {} is a voter of {} already; remove it first if its disk is new",
                            replica.id.value(), describe(voters(state))));
  }
  RETURN_IF_ERROR(check_caught_up(state, replica));
  return change_to(state, voters(state).with(replica));
}

Result<Offset> remove_voter(State& state, const Replica& replica) {
  RETURN_IF_ERROR(check_may_change(state));
  if (!voters(state).contains(replica)) {
    return fail(ErrorCode::kNotFound,
                fmt::format("{} is no voter of {}", describe(replica), describe(voters(state))));
  }
  if (voters(state).size() == 1) {
    return fail(ErrorCode::kInvalidArgument,
                "the last voter stays: without it nobody could decide anything");
  }
  return change_to(state, voters(state).without(replica));
}

}  // namespace millrace::raft
