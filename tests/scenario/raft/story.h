#pragma once

#include <deque>
#include <map>
#include <string>
#include <vector>

#include "raft/raft.h"
#include "tests/support/quorum/replica_disk.h"

namespace millrace::scenario {

/// A small quorum on a stage: carries out one command of a scenario after the other and tells what
/// the replicas do. Nothing happens that no command asks for; docs/testing.md lists them.
class Story {
 public:
  /// What happened, line by line; what is wrong with the command, in brackets.
  std::string run(const std::string& command);

 private:
  using Words = std::vector<std::string>;
  struct Node {
    raft::Replica self;
    sim::ReplicaDisk disk;
    std::optional<raft::Raft> core;
    int disks = 1;  // so many it had
  };

  void cluster(const Words& words);
  void start(Node& node);
  void crash(const Words& words);
  void restart(const Words& words);
  void new_disk(const Words& words);

  void campaign(const Words& words);
  void heartbeat(const Words& words);
  void wait(const Words& words);
  void propose(const Words& words);
  void change_voters(const Words& words);
  void transfer(const Words& words);
  void read(const Words& words);
  void snapshot(const Words& words);

  void save(const Words& words);
  void deliver(const Words& words);
  void drop(const Words& words);
  void damage(const Words& words);
  void hint(const Words& words);
  void cut(const Words& words);
  void heal(const Words& words);
  void stabilize(const Words& words);

  void show_states(const Words& words);
  void show_logs(const Words& words);
  void show_messages(const Words& words);

  std::deque<raft::Message> take_between(const Words& names);
  Node& node(const std::string& name);
  Node& running(const std::string& name);
  void tell(Node& node, const raft::Input& input);
  void tick(Node& node);
  void carry_out(Node& node);
  bool save_one(Node& node);
  void say(const std::string& line) { told_ += line + "\n"; }

  std::map<std::int32_t, Node> nodes_;
  std::deque<raft::Message> in_flight_;
  std::vector<std::pair<std::int32_t, std::int32_t>> cuts_;  // from, to; 0: anybody
  MonotonicTime now_;
  std::string told_;
};

}  // namespace millrace::scenario
