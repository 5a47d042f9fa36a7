#include <fmt/format.h>

#include "raft/raft.h"

/// State and output as text: for scenarios, debug logs and the operator.
namespace millrace::raft {
namespace {

std::string describe_state(const Progress& progress) {
  if (const auto* probing = std::get_if<Probing>(&progress.state)) {
    return probing->waiting ? "probing, waiting" : "probing";
  }
  if (const auto* replicating = std::get_if<Replicating>(&progress.state)) {
    return fmt::format("replicating, {} in flight{}", replicating->in_flight.size(),
                       replicating->reading ? ", reading" : "");
  }
  const auto& sending = std::get<Snapshotting>(progress.state);
  return fmt::format("snapshot {} at byte {}{}", describe(sending.id), sending.position,
                     sending.waiting ? ", waiting" : "");
}

std::string describe_role(const Follower& follower) {
  auto text = follower.leader ? " of " + describe(*follower.leader) : std::string(" of nobody");
  if (follower.leader) text += fmt::format(" matches {}", follower.match_end.value());
  if (follower.incoming) {
    text += fmt::format(" receives {} at byte {}", describe(*follower.incoming),
                        follower.incoming_bytes);
  }
  return text;
}
std::string describe_role(const Prospective& prospective) {
  return " votes " + prospective.ballot.describe();
}
std::string describe_role(const Candidate& candidate) {
  return (candidate.transfer ? " transfer votes " : " votes ") + candidate.ballot.describe();
}
std::string describe_role(const Leader& leader) {
  auto text = fmt::format(" since {} round {}", leader.first.value(), leader.round);
  if (leader.transfer) text += " transfers to " + describe(leader.transfer->to);
  if (!leader.reads.empty()) text += fmt::format(" reads {}", leader.reads.size());
  for (const auto& [replica, progress] : leader.progress) {
    text += fmt::format("\n  {} match {} next {} round {} {}", describe(replica),
                        progress.match.value(), progress.next.value(), progress.round,
                        describe_state(progress));
  }
  return text;
}

}  // namespace

std::string Raft::describe() const {
  const auto& hard = state_.hard;
  auto text =
      fmt::format("{} t{} {}", raft::describe(state_.config.self), hard.term.value(), role_name());
  if (hard.voted_for != kNobody) text += " voted " + raft::describe(hard.voted_for);
  text += " " + state_.log.describe() + " voters " + raft::describe(voters());
  if (!state_.log.saves.idle()) {
    text += fmt::format(" saved {}", state_.log.saves.saved());
  }
  if (state_.installing) text += " installs " + raft::describe(*state_.installing);
  return text + std::visit([](const auto& role) { return describe_role(role); }, state_.role);
}

std::string describe(const Save& save) {
  auto text = fmt::format("save #{}", save.number);
  if (save.state) {
    text += fmt::format(" t{}", save.state->term.value());
    if (save.state->voted_for != kNobody) text += " vote " + describe(save.state->voted_for);
  }
  if (save.truncate_to) text += fmt::format(" cut {}", save.truncate_to->value());
  for (const Entry& entry : save.entries) text += " [" + describe(entry) + "]";
  return text;
}

std::string describe(const Output& output) {
  std::string text;
  const auto line = [&](const std::string& what) { text += what + "\n"; };
  for (const auto& save : output.saves) line(describe(save));
  for (const auto& message : output.messages) line("send " + describe(message));
  for (const auto& read : output.entry_reads) {
    line(fmt::format("read from {} for {}", read.from.value(), describe(read.follower)));
  }
  for (const auto& read : output.chunk_reads) {
    line(fmt::format("read {} at byte {} for {}", describe(read.id), read.position,
                     describe(read.follower)));
  }
  for (const auto& save : output.chunk_saves) {
    line(fmt::format("save {} bytes {}+{}{}", describe(save.id), save.position, save.bytes.size(),
                     save.last ? " last" : ""));
  }
  for (const auto& read : output.reads) {
    line(read.end ? fmt::format("read {} sees {}", read.token, read.end->value())
                  : fmt::format("read {} ask the leader", read.token));
  }
  return text;
}

}  // namespace millrace::raft
