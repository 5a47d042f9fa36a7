#include "tests/scenario/raft/story.h"

#include <absl/strings/numbers.h>
#include <absl/strings/str_split.h>
#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "base/crc32c.h"

namespace millrace::scenario {
namespace {

using raft::Message;

/// Rounds of saving and delivering after which a quorum that does not settle is a finding.
constexpr int kRoundsMax = 200;

std::int32_t number(const std::string& word) {
  std::int32_t value = 0;
  if (!absl::SimpleAtoi(word, &value)) throw std::invalid_argument("no number: " + word);
  return value;
}

raft::Replica replica(std::int32_t id, int disk) {
  std::array<std::uint8_t, Uuid::kBytes> bytes{};
  bytes[0] = static_cast<std::uint8_t>(id);
  bytes[1] = static_cast<std::uint8_t>(disk);
  return {NodeId(id), DirectoryId(Uuid(bytes))};
}

/// "1->2", "1->", "->2"; 0 is anybody.
std::pair<std::int32_t, std::int32_t> path(const std::string& word) {
  const std::vector<std::string> ends = absl::StrSplit(word, "->");
  if (ends.size() != 2) throw std::invalid_argument("no path: " + word);
  return {ends[0].empty() ? 0 : number(ends[0]), ends[1].empty() ? 0 : number(ends[1])};
}

/// No names: all.
bool is_named(const std::vector<std::string>& names, std::int32_t id) {
  return names.empty() || std::find(names.begin(), names.end(), std::to_string(id)) != names.end();
}

bool matches(std::pair<std::int32_t, std::int32_t> path, const Message& message) {
  return (path.first == 0 || path.first == message.from.id.value()) &&
         (path.second == 0 || path.second == message.to.id.value());
}

/// Takes what goes along one of the paths in `words`; everything without any.
std::deque<Message> take(std::deque<Message>& in_flight, const std::vector<std::string>& words) {
  std::deque<Message> taken;
  std::deque<Message> left;
  for (auto& message : in_flight) {
    const bool wanted =
        words.size() < 2 || std::any_of(
                                words.begin() + 1, words.end(),
                                [&](const auto& word) { return matches(path(word), message); });
    (wanted ? taken : left).push_back(std::move(message));
  }
  in_flight = std::move(left);
  return taken;
}

}  // namespace

std::string Story::run(const std::string& command) {
  static const std::map<std::string, void (Story::*)(const Words&)> kCommands{
      {"cluster", &Story::cluster},
      {"crash", &Story::crash},
      {"restart", &Story::restart},
      {"new-disk", &Story::new_disk},
      {"campaign", &Story::campaign},
      {"heartbeat", &Story::heartbeat},
      {"wait", &Story::wait},
      {"propose", &Story::propose},
      {"add", &Story::change_voters},
      {"remove", &Story::change_voters},
      {"transfer", &Story::transfer},
      {"read", &Story::read},
      {"snapshot", &Story::snapshot},
      {"save", &Story::save},
      {"deliver", &Story::deliver},
      {"drop", &Story::drop},
      {"damage", &Story::damage},
      {"hint", &Story::hint},
      {"cut", &Story::cut},
      {"heal", &Story::heal},
      {"stabilize", &Story::stabilize},
      {"states", &Story::show_states},
      {"logs", &Story::show_logs},
      {"messages", &Story::show_messages},
  };
  told_.clear();
  const Words words = absl::StrSplit(command, ' ', absl::SkipEmpty());
  try {
    const auto found = kCommands.find(words.at(0));
    if (found == kCommands.end()) throw std::invalid_argument("no such command");
    (this->*found->second)(words);
  } catch (const std::exception& error) {
    say(fmt::format("[{}]", error.what()));
  }
  return told_.empty() ? "-\n" : told_;
}

void Story::cluster(const Words& words) {
  std::vector<raft::Replica> voters;
  std::vector<std::int32_t> observers;
  bool votes = true;
  for (std::size_t i = 1; i < words.size(); ++i) {
    if (words[i] == "observers") {
      votes = false;
    } else if (votes) {
      voters.push_back(replica(number(words[i]), 1));
    } else {
      observers.push_back(number(words[i]));
    }
  }
  const raft::VoterSet set(voters);
  for (const auto& voter : voters)
    nodes_.emplace(voter.id.value(), Node{voter, sim::ReplicaDisk(set), std::nullopt});
  for (const auto id : observers)
    nodes_.emplace(id, Node{replica(id, 1), sim::ReplicaDisk(), std::nullopt});
  for (auto& [id, node] : nodes_) start(node);
}

void Story::start(Node& node) {
  raft::Config config;
  config.self = node.self;
  node.core.emplace(config, node.disk.found(), static_cast<std::uint64_t>(node.self.id.value()),
                    now_);
}

Story::Node& Story::node(const std::string& name) {
  const auto found = nodes_.find(number(name));
  if (found == nodes_.end()) throw std::invalid_argument("no node " + name);
  return found->second;
}

Story::Node& Story::running(const std::string& name) {
  Node& found = node(name);
  if (!found.core) throw std::invalid_argument("node " + name + " is down");
  return found;
}

void Story::tell(Node& node, const raft::Input& input) {
  if (!node.core) return;
  node.core->step(input, now_);
  carry_out(node);
}

void Story::tick(Node& node) {
  const auto role = node.core->role_name();
  const auto term = node.core->term();
  node.core->tick(now_);
  if (node.core->role_name() != role || node.core->term() != term) {
    say(fmt::format("{}: {} t{}", node.self.id.value(), node.core->role_name(),
                    node.core->term().value()));
  }
  carry_out(node);
}

void Story::carry_out(Node& node) {
  auto output = node.core->take_output();
  const Words lines = absl::StrSplit(describe(output), '\n', absl::SkipEmpty());
  for (const auto& line : lines) say(fmt::format("{}: {}", node.self.id.value(), line));
  for (auto& save : output.saves) node.disk.submit(std::move(save));
  for (auto& chunk : output.chunk_saves) node.disk.submit(std::move(chunk));
  for (auto& message : output.messages) {
    const bool cut = std::any_of(cuts_.begin(), cuts_.end(),
                                 [&](const auto& each) { return matches(each, message); });
    if (!cut) in_flight_.push_back(std::move(message));
  }
  const auto term = node.core->term();
  for (const auto& read : output.entry_reads) tell(node, node.disk.read(read, term));
  for (const auto& read : output.chunk_reads) tell(node, node.disk.read(read));
}

void Story::crash(const Words& words) {
  for (std::size_t i = 1; i < words.size(); ++i) {
    Node& crashed = running(words[i]);
    crashed.core.reset();
    crashed.disk.power_cut();
  }
}

void Story::restart(const Words& words) {
  for (std::size_t i = 1; i < words.size(); ++i) {
    start(node(words[i]));
    say(node(words[i]).core->describe());
  }
}

void Story::new_disk(const Words& words) {
  Node& changed = node(words.at(1));
  changed.self = replica(changed.self.id.value(), ++changed.disks);
  changed.disk = sim::ReplicaDisk();
  start(changed);
  say(changed.core->describe());
}

/// Waits until the replica loses patience.
void Story::campaign(const Words& words) {
  Node& candidate = running(words.at(1));
  const auto* follower = std::get_if<raft::Follower>(&candidate.core->state().role);
  const auto* prospective = std::get_if<raft::Prospective>(&candidate.core->state().role);
  const auto* standing = std::get_if<raft::Candidate>(&candidate.core->state().role);
  if (follower != nullptr) now_ = std::max(now_, follower->deadline);
  if (prospective != nullptr) now_ = std::max(now_, prospective->deadline);
  if (standing != nullptr) now_ = std::max(now_, standing->deadline);
  tick(candidate);
}

void Story::heartbeat(const Words& words) {
  Node& leader = running(words.at(1));
  now_ += leader.core->state().config.heartbeat_interval;
  tick(leader);
}

/// Milliseconds pass, and the replicas that are named notice.
void Story::wait(const Words& words) {
  now_ += std::chrono::milliseconds(number(words.at(1)));
  for (std::size_t i = 2; i < words.size(); ++i) tick(running(words[i]));
}

void Story::propose(const Words& words) {
  Node& leader = running(words.at(1));
  const auto bytes = as_bytes(words.at(2));
  const auto offset = leader.core->propose(SharedBytes::copy_of(bytes), now_);
  if (!offset) say(to_string(offset.error()));
  carry_out(leader);
}

void Story::change_voters(const Words& words) {
  Node& leader = running(words.at(1));
  const auto& replica = node(words.at(2)).self;
  const auto offset = words[0] == "add" ? leader.core->add_voter(replica, now_)
                                        : leader.core->remove_voter(replica, now_);
  if (!offset) say(to_string(offset.error()));
  carry_out(leader);
}

void Story::transfer(const Words& words) {
  Node& leader = running(words.at(1));
  const auto status = leader.core->transfer(NodeId(number(words.at(2))), now_);
  if (!status) say(to_string(status.error()));
  carry_out(leader);
}

void Story::read(const Words& words) {
  Node& leader = running(words.at(1));
  const auto status = leader.core->read(static_cast<std::uint64_t>(number(words.at(2))), now_);
  if (!status) say(to_string(status.error()));
  carry_out(leader);
}

void Story::snapshot(const Words& words) {
  Node& taking = running(words.at(1));
  const auto& log = taking.core->state().log;
  const raft::LogPosition id{log.terms().term_before(log.committed_end()), log.committed_end()};
  const auto state = fmt::format("everything before {}, and more", id.end.value());
  taking.disk.take_snapshot(id, log.voters().at(id.end), as_bytes(state));
  say(fmt::format("{}: snapshot {}", taking.self.id.value(), describe(id)));
  tell(taking, raft::SnapshotTaken{id, id});
}

bool Story::save_one(Node& node) {
  if (node.disk.idle()) return false;
  if (const auto input = node.disk.complete_one()) {
    if (const auto* stored = std::get_if<raft::SnapshotStored>(&*input)) {
      say(fmt::format("{}: snapshot {} {}", node.self.id.value(), describe(stored->id),
                      stored->voters ? "stored" : "is not whole"));
    }
    tell(node, *input);
  }
  return true;
}

void Story::save(const Words& words) {
  Node& saving = running(words.at(1));
  auto count = words.size() > 2 ? static_cast<std::size_t>(number(words[2])) : saving.disk.queued();
  for (; count > 0 && save_one(saving); --count) continue;
}

void Story::deliver(const Words& words) {
  for (const auto& message : take(in_flight_, words))
    tell(nodes_.at(message.to.id.value()), message);
}

void Story::drop(const Words& words) {
  for (const auto& message : take(in_flight_, words)) say("lost: " + raft::describe(message));
}

/// Flips one bit in the pieces of a snapshot that are under way.
void Story::damage(const Words&) {
  for (auto& message : in_flight_) {
    auto* chunk = std::get_if<raft::SnapshotChunk>(&message.body);
    if (chunk == nullptr) continue;
    std::vector<std::uint8_t> bytes(chunk->bytes.view().begin(), chunk->bytes.view().end());
    bytes.back() ^= 1;
    chunk->bytes = SharedBytes::own(std::move(bytes));
    say("damaged: " + raft::describe(message));
  }
}

/// As a node does that found the quorum by its configured servers.
void Story::hint(const Words& words) {
  Node& joining = running(words.at(1));
  Node& leader = running(words.at(2));
  tell(joining,
       Message{leader.self, joining.self, raft::LeaderHint{leader.core->term(), leader.self}});
}

void Story::cut(const Words& words) {
  for (std::size_t i = 1; i < words.size(); ++i) {
    if (words[i].find("->") != std::string::npos) {
      cuts_.push_back(path(words[i]));
    } else {
      cuts_.emplace_back(number(words[i]), 0);
      cuts_.emplace_back(0, number(words[i]));
    }
  }
  std::erase_if(in_flight_, [&](const Message& message) {
    return std::any_of(cuts_.begin(), cuts_.end(),
                       [&](const auto& each) { return matches(each, message); });
  });
}

void Story::heal(const Words&) {
  cuts_.clear();
}

/// Saves and delivers until nothing is left to do, among the replicas that are named or among all;
/// "quiet" tells only how it ends.
void Story::stabilize(const Words& words) {
  const bool quiet = words.back() == "quiet";
  Words names(words.begin() + 1, words.end() - (quiet ? 1 : 0));
  const auto before = told_.size();
  int rounds = 0;
  for (bool idle = false; !idle; ++rounds) {
    if (rounds > kRoundsMax) throw std::runtime_error("does not settle");
    idle = true;
    for (auto& [id, node] : nodes_) {
      if (!is_named(names, id)) continue;
      while (node.core && save_one(node)) idle = false;
    }
    for (const auto& message : take_between(names)) {
      idle = false;
      tell(nodes_.at(message.to.id.value()), message);
    }
  }
  if (!quiet) return;
  told_.resize(before);
  names.insert(names.begin(), "states");
  show_states(names);
}

/// What is under way between the replicas that are named.
std::deque<raft::Message> Story::take_between(const Words& names) {
  std::deque<Message> taken;
  std::deque<Message> left;
  for (auto& message : in_flight_) {
    const bool between =
        is_named(names, message.from.id.value()) && is_named(names, message.to.id.value());
    (between ? taken : left).push_back(std::move(message));
  }
  in_flight_ = std::move(left);
  return taken;
}

void Story::show_states(const Words& words) {
  for (auto& [id, node] : nodes_) {
    if (!is_named({words.begin() + 1, words.end()}, id)) continue;
    say(node.core ? node.core->describe() : fmt::format("{} down", describe(node.self)));
  }
}

void Story::show_logs(const Words& words) {
  for (auto& [id, node] : nodes_) {
    if (!is_named({words.begin() + 1, words.end()}, id)) continue;
    auto line = fmt::format("{} t{} from {}", id, node.disk.hard().term.value(),
                            describe(node.disk.start()));
    for (const auto& entry : node.disk.entries()) line += " [" + describe(entry) + "]";
    say(line);
  }
}

void Story::show_messages(const Words&) {
  for (const auto& message : in_flight_) say(raft::describe(message));
}

}  // namespace millrace::scenario
