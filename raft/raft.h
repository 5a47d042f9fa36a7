#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/random.h"
#include "raft/config.h"
#include "raft/log.h"
#include "raft/output.h"
#include "raft/state.h"

namespace millrace::raft {

/// What a replica finds on its disk when it starts. Everything in it is durable.
struct Found {
  HardState hard;
  Log::Found log;
  std::optional<LogPosition> snapshot;  // newest; required when the log does not begin at 0
};

/// One replica of the quorum's log: the consensus core (Ongaro and Ousterhout, "In Search of an
/// Understandable Consensus Algorithm"; Ongaro's thesis; KIP-595, 853, 996). No I/O, no clock, no
/// randomness of its own. A value: copies go their own way. Owned by the quorum's loop.
///
/// Feed it step() and tick(), then carry out take_output(): saves and chunk saves in order, the
/// rest as it comes. Messages never wait for saves; what must wait is held back here. Losing any
/// message is safe; losing a save, and going on, is not.
///
/// Invariants are R1 to R8 of docs/testing.md; check_invariants() covers what one replica can see.
/// Survives a crash: what Saved, SnapshotStored and SnapshotTaken confirmed.
class Raft {
 public:
  /// Requires: config.validate().
  Raft(Config config, Found found, std::uint64_t seed, MonotonicTime now);

  void step(const Input& input, MonotonicTime now);
  /// Lets time pass; call at least every quarter of a heartbeat interval.
  void tick(MonotonicTime now);

  /// Appends a command as the leader; the result is its offset. It is committed when
  /// committed_end() is above it while this replica still leads in the same term; afterwards only
  /// the log knows. Errors: kNotController, kLimitReached (too much is not committed yet).
  Result<Offset> propose(SharedBytes command, MonotonicTime now);
  /// See raft/membership.h.
  Result<Offset> add_voter(const Replica& replica, MonotonicTime now);
  Result<Offset> remove_voter(const Replica& replica, MonotonicTime now);
  /// See raft/transfer.h.
  Status transfer(NodeId to, MonotonicTime now);
  /// Asks for a linearizable read; Output::reads answers with `token`. Errors: kLimitReached.
  Status read(std::uint64_t token, MonotonicTime now);

  /// What to do since the last call.
  [[nodiscard]] Output take_output() { return std::exchange(state_.output, {}); }

  [[nodiscard]] bool is_leader() const { return std::holds_alternative<Leader>(state_.role); }
  /// "leader", "candidate", "prospective", "follower", or "observer" without a vote.
  [[nodiscard]] std::string_view role_name() const;
  /// Who leads in term(), as far as is known here.
  [[nodiscard]] std::optional<Replica> leader() const;
  [[nodiscard]] Term term() const { return state_.hard.term; }
  /// Entries below may be applied; they are durable here.
  [[nodiscard]] Offset committed_end() const { return state_.log.committed_end(); }
  /// All of the leader's state machine is known once this is reached: offset after the first entry
  /// of its term. Requires: is_leader().
  [[nodiscard]] Offset first_of_term() const;
  [[nodiscard]] const VoterSet& voters() const { return state_.log.voters().latest(); }
  [[nodiscard]] const State& state() const { return state_; }

  void check_invariants() const;
  /// One line; what a leader knows of others on more.
  [[nodiscard]] std::string describe() const;

 private:
  void receive(const Message& message);
  void on_saved(const Saved& saved);

  State state_;
};

}  // namespace millrace::raft
