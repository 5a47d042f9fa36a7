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
#include "node/quorum/commit_feed.h"
#include "raft/raft.h"
#include "tests/sim/broker_actor.h"
#include "tests/sim/mailboxes.h"
#include "tests/sim/metadata_actor.h"
#include "tests/sim/metadata_clients.h"
#include "tests/sim/metadata_oracle.h"
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

/// The metadata of a whole cluster in one thread: the real cores, metadata logs, controllers,
/// routers and broker sessions on simulated disks, network and clocks; clients that change and
/// read, operators that change the voters, and trouble. One seed decides everything. What is said
/// between threads and nodes arrives later, in order for each pair.
///
/// A node carries out what its core wants in the order of node/quorum/quorum_host: it resigns
/// before others' entries are applied, and leads when all of its log is.
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
    bool leaves = false;
    Duration save_max{};
    Duration fault_interval{};
    Duration client_interval{};
  };
  using Task = absl::AnyInvocable<void()>;
  /// A request to another node that was not answered yet.
  struct Ask {
    NodeId to;
    MetadataActor::Answer answer;
  };
  /// What a node's process keeps in memory beside the core.
  struct Process {
    MetadataActor metadata;
    BrokerActor broker;
    node::CommitFeed feed;
    std::optional<raft::Term> leads = std::nullopt;  // told so in this term
    std::optional<NodeId> leader = std::nullopt;     // told last
    bool reading = false;                            // committed entries, from disk
    bool settles = false;                            // a turn of settle() is on its way
    std::uint64_t ticks = 0;
    std::map<std::uint64_t, Ask> asks = {};
  };
  struct Node {
    raft::Replica self;
    StoredDisk disk;
    std::optional<raft::Raft> core;
    std::unique_ptr<Process> process = nullptr;  // as long as the core
    int disks = 1;                               // so many it had
    std::uint64_t life = 0;               // counts starts: what belongs to an earlier one is void
    std::uint32_t clock_permille = 1000;  // of true time
    MonotonicTime clock_set;              // when it got that rate ...
    MonotonicTime clock_then;             // ... and what it showed
    MonotonicTime paused_until;
    Duration save_max = std::chrono::milliseconds(1);
    bool saving = false;
    std::map<std::uint64_t, Offset> reads;      // token, acknowledged when asked
    std::map<NodeId, MonotonicTime> heard;      // true time of the last message
    std::pair<raft::Term, raft::VoterSet> led;  // in this term these voters ...
    MonotonicTime led_since;                    // ... since then
  };
  enum class What { kTick, kDeliver, kSaved, kRead, kClient, kFault, kRestart, kTask };
  struct Event {
    MonotonicTime at;
    std::uint64_t number;
    What what;
    std::int32_t node = 0;
    std::uint64_t life = 0;
    std::shared_ptr<const raft::Input> input;
    std::shared_ptr<Task> task;

    friend bool operator>(const Event& a, const Event& b) {
      return std::tie(a.at, a.number) > std::tie(b.at, b.number);
    }
  };

  void make_plan();
  void post(Duration after, What what, std::int32_t node = 0,
            std::shared_ptr<const raft::Input> input = nullptr);
  /// For this life of the node.
  void post(const Node& node, Duration after, Task task);
  void handle(const Event& event);
  void handle_here(Node& node, const Event& event);
  void on_client();
  void on_fault();

  [[nodiscard]] MonotonicTime local_time(const Node& node) const;
  void set_clock(Node& node, std::uint32_t permille);
  void start(Node& node);
  void show_the_quorum(Node& node);
  void check_quorum(Node& node) const;
  void crash(Node& node);
  void give_new_disk(Node& node);
  void tick(Node& node);
  void on_saved(Node& node);
  void tell(Node& node, const raft::Input& input);
  void settle(Node& node);
  void settle_later(Node& node);
  void carry_out(Node& node, raft::Output output);
  void answer(Node& node, const raft::Output& output);
  void save_next(Node& node);
  void take_snapshot(Node& node);

  // Metadata: quorum_metadata.cc.
  [[nodiscard]] std::unique_ptr<Process> new_process(Node& node, Offset log_end);
  void note_role(Node& node);
  void note_leader(Node& node);
  void apply(Node& node);
  void deliver(Node& node, const std::vector<raft::Entry>& entries);
  void apply_one(Node& node, const raft::Entry& entry);
  void install(Node& node);
  Result<Offset> propose(Node& node, SharedBytes command);
  void submit(Node& node, controller::Command command, MetadataActor::Done done);
  void ask(Node& node, NodeId to, const SharedBytes& bytes, Duration timeout,
           MetadataActor::Answer answer);
  void end_ask(Node& node, std::uint64_t number, Result<SharedBytes> answer);
  void end_ask_later(Node& node, std::uint64_t number, Result<SharedBytes> answer, Duration after);
  void break_asks_to(NodeId gone);
  void report_death(const Node& node);

  // Trouble: quorum_trouble.cc.
  void crash_for_a_while(Node& node);
  void leave_or_crash(Node& node);
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
  Mailboxes mailboxes_;
  MetadataClients clients_;
  Oracle oracle_;
  MetadataOracle metadata_oracle_;
  Oracle::OnViolation violated_;
  std::map<std::int32_t, Node> nodes_;
  std::map<raft::Replica, const ReplicaDisk*> disks_;  // of replicas that exist
  std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
  MonotonicTime now_;
  std::uint64_t posted_ = 0;
  std::uint64_t next_token_ = 0;
  std::uint64_t next_ask_ = 0;
  bool trouble_ = true;
  RunSummary summary_;
};

}  // namespace millrace::sim
