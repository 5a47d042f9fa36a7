#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "base/clock.h"
#include "node/quorum/recent_durations.h"
#include "raft/types.h"

namespace millrace::node {

/// Times what the quorum's core does, for operators: the core itself has no use for it. A value
/// that is told what happened; owned by the quorum's host, on its loop. Nothing survives a restart.
class QuorumMeter {
 public:
  /// What the core says of itself after a step.
  struct Moment {
    raft::Term term;
    bool leads = false;
    bool campaigns = false;  // asks for votes, or whether it would get them
    std::optional<NodeId> leader;
    Offset committed_end{0};
  };

  /// The leader of `term` has appended a command.
  void on_proposed(raft::Term term, Offset offset, MonotonicTime now);
  /// Entries go to this node's log.
  void on_appended(std::size_t entries) { appended_ += entries; }
  /// After every step.
  void observe(const Moment& moment, MonotonicTime now);

  [[nodiscard]] std::uint64_t appended() const { return appended_; }
  /// Leaderships that this node has learnt of, its own among them.
  [[nodiscard]] std::uint64_t leaderships() const { return leaderships_; }
  /// From a proposal here until it is committed here, while leading.
  [[nodiscard]] const RecentDurations& commits() const { return commits_; }
  /// From this node's loss of patience until it knows who leads.
  [[nodiscard]] const RecentDurations& elections() const { return elections_; }

 private:
  struct Proposal {
    raft::Term term;
    Offset offset;
    MonotonicTime at;
  };

  void note_commits(const Moment& moment, MonotonicTime now);
  void note_election(const Moment& moment, MonotonicTime now);

  std::deque<Proposal> proposals_;  // not committed; as many as the core lets wait
  std::optional<MonotonicTime> campaigning_since_;
  std::optional<raft::Term> known_term_;  // the newest of which the leader is known
  std::uint64_t appended_ = 0;
  std::uint64_t leaderships_ = 0;
  RecentDurations commits_;
  RecentDurations elections_;
};

}  // namespace millrace::node
