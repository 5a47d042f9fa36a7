#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "raft/raft.h"
#include "tests/support/quorum/replica_disk.h"

namespace millrace::sim {

/// Knows what must never happen, and looks after every event. It sees everything: all logs, all
/// disks, all messages. The names are those of docs/testing.md.
class Oracle {
 public:
  using OnViolation = std::function<void(const std::string&)>;
  explicit Oracle(OnViolation on_violation) : violated_(std::move(on_violation)) {}

  /// What one replica is after a step.
  struct View {
    const raft::Raft& core;
    const ReplicaDisk& disk;
  };

  /// R1: at most one leader a term.
  void on_leader(const raft::Raft& core);
  /// R2, R3 and R7, when entries enter a log. Before they are saved.
  void on_save(const raft::Raft& core, const raft::Save& save);
  /// R6: nothing is told that is not durable, no vote is given twice.
  void on_send(const ReplicaDisk& disk, const raft::Message& message);
  /// R4, R5 and R6: the entries in [from, end) are committed here. `all` disks there are,
  /// by replica. `apply` lets the state machine take an entry; its result is the hash of the state
  /// afterwards.
  using Apply = std::function<std::uint64_t(const raft::Entry&)>;
  void on_committed(const View& view, Offset from, Offset end, const Apply& apply,
                    const std::map<raft::Replica, const ReplicaDisk*>& all);
  /// R8: a state machine at `end` came from a snapshot.
  void on_snapshot(Offset end, std::uint64_t state_hash);
  /// R6: term and vote of a replica that starts again.
  void on_restart(const raft::Replica& self, const ReplicaDisk& disk);
  /// Everything below `end` was acknowledged to a client.
  void on_acknowledged(Offset end);
  /// M1: a read that was asked when `asked` was acknowledged.
  void on_read(Offset asked, Offset end);

  [[nodiscard]] Offset acknowledged_end() const { return acknowledged_end_; }
  [[nodiscard]] Offset committed_end() const {
    return Offset(static_cast<std::int64_t>(committed_.size()));
  }
  /// What it knows, as far as that decides what it would say next.
  [[nodiscard]] std::string fingerprint() const;
  /// Every entry that is durable somewhere below what is committed is the committed one.
  void compare(const raft::Replica& self, const ReplicaDisk& disk, Offset committed_end) const;

 private:
  struct Committed {
    raft::Term term;
    std::uint64_t chain;
    std::uint64_t state_hash;  // after it
  };

  [[nodiscard]] std::uint64_t chain_before(Offset offset, raft::Term term_before) const;
  void check_majority(const View& view, Offset offset, raft::Term term,
                      const std::map<raft::Replica, const ReplicaDisk*>& all);

  OnViolation violated_;
  std::map<raft::Term, raft::Replica> leaders_;
  /// Of an entry and all before it: entries of one offset and term must agree in it (R3).
  std::map<std::pair<Offset, raft::Term>, std::uint64_t> chains_;
  std::vector<Committed> committed_;
  std::map<std::pair<raft::Replica, raft::Term>, raft::Replica> votes_;
  std::map<raft::Replica, raft::Term> told_terms_;
  Offset acknowledged_end_{0};
};

/// Of an entry and what came before it.
std::uint64_t chained(std::uint64_t before, const raft::Entry& entry);

}  // namespace millrace::sim
