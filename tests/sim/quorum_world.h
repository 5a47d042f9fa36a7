#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <queue>
#include <string>
#include <vector>

#include "base/random.h"
#include "controller/metadata/image.h"
#include "raft/raft.h"
#include "tests/sim/network.h"
#include "tests/sim/oracle.h"
#include "tests/sim/stored_disk.h"

namespace millrace::sim {

/// What a run was, in one line.
struct RunSummary {
  std::uint64_t events = 0;
  Duration simulated{};
  std::uint64_t faults = 0;
  std::uint64_t hash = 0;
};

/// A whole quorum in one thread: the real cores and metadata logs on simulated disks, network and
/// clocks, clients that propose and read, operators that change the voters, and trouble. One seed
/// decides everything.
///
/// First trouble for some time, in which nothing may be wrong (safety); then everything is healed,
/// and within a bound all replicas have to agree and go on (liveness, R9).
class QuorumWorld {
 public:
  /// `on_violation` is called with what is wrong, and need not return.
  QuorumWorld(std::uint64_t seed, Oracle::OnViolation on_violation);

  /// Trouble for `trouble`, then the healing.
  RunSummary run(Duration trouble);

  /// Everybody's state, for a person.
  [[nodiscard]] std::string describe() const;

 private:
  /// What a seed allows to happen: not every run has every kind of trouble.
  struct Plan {
    int voters = 3;
    int observers = 0;
    bool crashes = false;
    bool power_cuts = false;
    bool pauses = false;
    bool cuts = false;
    bool bad_network = false;
    bool slow_disks = false;
    bool bad_clocks = false;
    bool transfers = false;
    bool membership = false;
    bool new_disks = false;
    bool snapshots = false;
    Duration save_max{};
    Duration fault_interval{};
    Duration client_interval{};
  };
  struct Node {
    raft::Replica self;
    StoredDisk disk;
    std::optional<raft::Raft> core;
    int disks = 1;                         // so many it had
    std::uint64_t life = 0;                // counts starts: what belongs to an earlier one is void
    controller::ImagePtr image = nullptr;  // of what was applied
    std::uint32_t clock_permille = 1000;   // of true time
    MonotonicTime clock_set;               // when it got that rate ...
    MonotonicTime clock_then;              // ... and what it showed
    MonotonicTime paused_until;
    Duration save_max = std::chrono::milliseconds(1);
    bool saving = false;
    std::map<std::uint64_t, Offset> reads;                // token, acknowledged when asked
    std::deque<std::pair<Offset, raft::Term>> proposals;  // that wait for their commit
    std::map<NodeId, MonotonicTime> heard;                // true time of the last message
    std::pair<raft::Term, raft::VoterSet> led;            // in this term these voters ...
    MonotonicTime led_since;                              // ... since then
  };
  enum class What { kTick, kDeliver, kSaved, kRead, kClient, kFault, kRestart };
  struct Event {
    MonotonicTime at;
    std::uint64_t number;
    What what;
    std::int32_t node = 0;
    std::uint64_t life = 0;
    std::shared_ptr<const raft::Input> input;

    friend bool operator>(const Event& a, const Event& b) {
      return std::tie(a.at, a.number) > std::tie(b.at, b.number);
    }
  };

  void make_plan();
  void post(Duration after, What what, std::int32_t node = 0,
            std::shared_ptr<const raft::Input> input = nullptr);
  void handle(const Event& event);
  void on_client();
  void on_fault();

  [[nodiscard]] MonotonicTime local_time(const Node& node) const;
  void set_clock(Node& node, std::uint32_t permille);
  void start(Node& node);
  void show_the_quorum(Node& node);
  void check_quorum(Node& node) const;
  void crash(Node& node);
  void tell(Node& node, const raft::Input& input);
  void settle(Node& node);
  void carry_out(Node& node, raft::Output output);
  void apply(Node& node);
  void take_image(Node& node);
  void answer(Node& node, const raft::Output& output);
  void save_next(Node& node);
  void take_snapshot(Node& node);

  void cut_something();
  void change_clocks(Node& node);
  void change_network();
  void change_voters();
  void lose_a_disk();
  [[nodiscard]] bool may_lose(const Node& node) const;
  Node* some_running();
  Node* some_leader();
  [[nodiscard]] Node& by_id(std::int32_t id) { return nodes_.at(id); }

  void heal();
  [[nodiscard]] bool is_settled(Offset wanted) const;
  void note(const Event& event);
  void compare_all();

  Random random_;
  Random client_random_;
  Plan plan_;
  Network network_;
  Oracle oracle_;
  Oracle::OnViolation violated_;
  std::map<std::int32_t, Node> nodes_;
  std::map<raft::Replica, const ReplicaDisk*> disks_;  // of replicas that exist
  std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
  MonotonicTime now_;
  std::uint64_t posted_ = 0;
  std::uint64_t next_token_ = 0;
  std::uint64_t next_command_ = 0;
  bool trouble_ = true;
  RunSummary summary_;
};

}  // namespace millrace::sim
