#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "raft/raft.h"
#include "tests/sim/oracle.h"
#include "tests/support/quorum/replica_disk.h"

namespace millrace::sim {

/// A quorum of a few replicas in which somebody else decides what happens next: for the explorer,
/// that tries everything. A value. The disk, the network and the clock of each replica move only by
/// actions; a message that is never delivered is a lost one.
class SmallWorld {
 public:
  enum class Do : std::uint8_t {
    kDeliver,  // the message at `which`
    kTimeout,  // the replica loses patience; a leader sends heartbeats
    kSave,     // its disk finishes one request
    kCrash,    // it loses power, and starts again
    kPropose,
  };
  struct Action {
    Do what;
    std::size_t which;  // message or replica

    friend bool operator==(const Action&, const Action&) = default;
  };

  SmallWorld(int replicas, Oracle::OnViolation on_violation);

  /// All that may happen next.
  [[nodiscard]] std::vector<Action> actions() const;
  void carry_out(const Action& action);

  // What no action does; for the states to begin with.
  void settle();
  void drop_messages() { in_flight_.clear(); }
  /// Nothing reaches it or leaves it; nobody: everybody is joined again.
  void isolate(std::optional<std::size_t> which) { isolated_ = which; }
  void deliver_all_to(std::size_t which);
  void save_all(std::size_t which);
  void remove_voter(std::size_t leader, std::size_t voter);
  void take_snapshot(std::size_t which);
  void allow(int crashes, int proposals);

  /// Tells apart what may go on differently.
  [[nodiscard]] std::string fingerprint() const;
  [[nodiscard]] std::string describe() const;
  [[nodiscard]] std::string describe(const Action& action) const;

 private:
  struct Node {
    raft::Replica self;
    ReplicaDisk disk;
    std::optional<raft::Raft> core;
    MonotonicTime now;
    Offset applied_end{0};
    std::uint64_t state_hash = 0;
  };

  void start(Node& node);
  void tell(Node& node, const raft::Input& input);
  void look(Node& node);
  void save_one(Node& node);
  void time_out(Node& node);
  [[nodiscard]] std::map<raft::Replica, const ReplicaDisk*> disks() const;

  std::vector<Node> nodes_;
  std::vector<raft::Message> in_flight_;
  Oracle oracle_;
  std::optional<std::size_t> isolated_;
  int crashes_left_ = 1;
  int proposals_left_ = 1;
};

}  // namespace millrace::sim
