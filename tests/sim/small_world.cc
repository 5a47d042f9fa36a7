#include "tests/sim/small_world.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"

namespace millrace::sim {
namespace {

raft::Replica replica(std::size_t number) {
  std::array<std::uint8_t, Uuid::kBytes> bytes{};
  bytes[0] = static_cast<std::uint8_t>(number + 1);
  return {NodeId(static_cast<std::int32_t>(number + 1)), DirectoryId(Uuid(bytes))};
}

/// Messages in flight beyond which the oldest is lost: keeps heartbeats from multiplying states.
constexpr std::size_t kInFlightMax = 8;

}  // namespace

SmallWorld::SmallWorld(int replicas, Oracle::OnViolation on_violation)
    : oracle_(std::move(on_violation)) {
  std::vector<raft::Replica> voters;
  for (int i = 0; i < replicas; ++i) voters.push_back(replica(static_cast<std::size_t>(i)));
  for (const auto& voter : voters)
    nodes_.push_back({voter, ReplicaDisk(raft::VoterSet(voters)), std::nullopt, {}, {}, 0});
  for (auto& node : nodes_) start(node);
}

void SmallWorld::allow(int crashes, int proposals) {
  crashes_left_ = crashes;
  proposals_left_ = proposals;
}

std::vector<SmallWorld::Action> SmallWorld::actions() const {
  std::vector<Action> actions;
  for (std::size_t i = 0; i < in_flight_.size(); ++i) actions.push_back({Do::kDeliver, i});
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    actions.push_back({Do::kTimeout, i});
    if (!nodes_[i].disk.idle()) actions.push_back({Do::kSave, i});
    if (crashes_left_ > 0) actions.push_back({Do::kCrash, i});
    if (proposals_left_ > 0 && nodes_[i].core->is_leader()) actions.push_back({Do::kPropose, i});
  }
  return actions;
}

void SmallWorld::carry_out(const Action& action) {
  if (action.what == Do::kDeliver) {
    const auto message = in_flight_[action.which];
    in_flight_.erase(in_flight_.begin() + static_cast<std::ptrdiff_t>(action.which));
    return tell(nodes_[static_cast<std::size_t>(message.to.id.value() - 1)], message);
  }
  Node& node = nodes_[action.which];
  switch (action.what) {
    case Do::kTimeout:
      return time_out(node);
    case Do::kSave:
      return save_one(node);
    case Do::kCrash:
      --crashes_left_;
      node.disk.power_cut();
      return start(node);
    case Do::kPropose:
      --proposals_left_;
      CHECK(node.core->propose(SharedBytes::copy_of(as_bytes("x")), node.now).has_value());
      return look(node);
    case Do::kDeliver:
      break;
  }
}

void SmallWorld::start(Node& node) {
  oracle_.on_restart(node.self, node.disk);
  raft::Config config;
  config.self = node.self;
  node.core.emplace(config, node.disk.found(), 1, node.now);
  node.applied_end = node.disk.start().end;
  node.state_hash = 0;
  const auto state = node.disk.snapshot_state();
  if (!state.empty()) node.state_hash = load_be<std::uint64_t>(state.data());
}

void SmallWorld::tell(Node& node, const raft::Input& input) {
  node.core->step(input, node.now);
  const auto* stored = std::get_if<raft::SnapshotStored>(&input);
  if (stored != nullptr && stored->voters) {
    node.applied_end = stored->id.end;
    node.state_hash = load_be<std::uint64_t>(node.disk.snapshot_state().data());
    oracle_.on_snapshot(node.applied_end, node.state_hash);
  }
  look(node);
}

void SmallWorld::time_out(Node& node) {
  const auto& role = node.core->state().role;
  if (const auto* follower = std::get_if<raft::Follower>(&role)) {
    node.now = std::max(node.now, follower->deadline);
  } else if (const auto* prospective = std::get_if<raft::Prospective>(&role)) {
    node.now = std::max(node.now, prospective->deadline);
  } else if (const auto* candidate = std::get_if<raft::Candidate>(&role)) {
    node.now = std::max(node.now, candidate->deadline);
  } else {
    node.now = std::max(node.now, std::get<raft::Leader>(role).next_heartbeat);
  }
  node.core->tick(node.now);
  look(node);
}

void SmallWorld::save_one(Node& node) {
  if (const auto input = node.disk.complete_one()) tell(node, *input);
}

void SmallWorld::look(Node& node) {
  if (node.core->is_leader()) oracle_.on_leader(*node.core);
  auto output = node.core->take_output();
  for (auto& save : output.saves) {
    oracle_.on_save(*node.core, save);
    node.disk.submit(std::move(save));
  }
  for (auto& chunk : output.chunk_saves) node.disk.submit(std::move(chunk));
  for (auto& message : output.messages) {
    oracle_.on_send(node.disk, message);
    const auto isolated = isolated_ ? nodes_[*isolated_].self.id : kNoNode;
    if (message.from.id == isolated || message.to.id == isolated) continue;
    in_flight_.push_back(std::move(message));
    if (in_flight_.size() > kInFlightMax) in_flight_.erase(in_flight_.begin());
  }
  if (node.core->committed_end() > node.applied_end) {
    const auto apply = [&node](const raft::Entry& entry) {
      return node.state_hash = chained(node.state_hash, entry);
    };
    const auto end = node.core->committed_end();
    oracle_.on_committed({*node.core, node.disk}, node.applied_end, end, apply, disks());
    node.applied_end = end;
  }
  for (const auto& read : output.entry_reads) tell(node, node.disk.read(read, node.core->term()));
  for (const auto& read : output.chunk_reads) tell(node, node.disk.read(read));
}

std::map<raft::Replica, const ReplicaDisk*> SmallWorld::disks() const {
  std::map<raft::Replica, const ReplicaDisk*> all;
  for (const auto& node : nodes_) all[node.self] = &node.disk;
  return all;
}

void SmallWorld::settle() {
  for (bool idle = false; !idle;) {
    idle = in_flight_.empty();
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      idle = idle && nodes_[i].disk.idle();
      save_all(i);
    }
    if (!in_flight_.empty()) carry_out({Do::kDeliver, 0});
  }
}

void SmallWorld::deliver_all_to(std::size_t which) {
  const auto mine = [&](const auto& message) { return message.to.id == nodes_[which].self.id; };
  for (auto next = std::find_if(in_flight_.begin(), in_flight_.end(), mine);
       next != in_flight_.end(); next = std::find_if(in_flight_.begin(), in_flight_.end(), mine)) {
    carry_out({Do::kDeliver, static_cast<std::size_t>(next - in_flight_.begin())});
  }
}

void SmallWorld::save_all(std::size_t which) {
  while (!nodes_[which].disk.idle()) save_one(nodes_[which]);
}

void SmallWorld::remove_voter(std::size_t leader, std::size_t voter) {
  Node& node = nodes_[leader];
  CHECK(node.core->remove_voter(nodes_[voter].self, node.now).has_value());
  look(node);
}

void SmallWorld::take_snapshot(std::size_t which) {
  Node& node = nodes_[which];
  const auto& log = node.core->state().log;
  const raft::LogPosition id{log.terms().term_before(node.applied_end), node.applied_end};
  std::vector<std::uint8_t> state(40);  // some pieces long
  store_be(state.data(), node.state_hash);
  node.disk.take_snapshot(id, log.voters().at(id.end), state);
  tell(node, raft::SnapshotTaken{id, id});
}

std::string SmallWorld::fingerprint() const {
  std::vector<std::string> messages;
  for (const auto& message : in_flight_) messages.push_back(raft::describe(message));
  // Which of them was sent first decides nothing.
  std::sort(messages.begin(), messages.end());
  std::string text = describe();
  for (const auto& message : messages) text += message + "\n";
  return text + fmt::format("{} {} ", crashes_left_, proposals_left_) + oracle_.fingerprint();
}

std::string SmallWorld::describe() const {
  std::string text;
  for (const auto& node : nodes_) {
    text += node.core->describe() +
            fmt::format(" disk t{} {} [{}, {}) queued {}\n", node.disk.hard().term.value(),
                        raft::describe(node.disk.hard().voted_for), node.disk.start().end.value(),
                        node.disk.end().value(), node.disk.queued());
  }
  return text;
}

std::string SmallWorld::describe(const Action& action) const {
  switch (action.what) {
    case Do::kDeliver:
      return "deliver " + raft::describe(in_flight_[action.which]);
    case Do::kTimeout:
      return fmt::format("timeout {}", action.which + 1);
    case Do::kSave:
      return fmt::format("save {}", action.which + 1);
    case Do::kCrash:
      return fmt::format("crash and start {}", action.which + 1);
    case Do::kPropose:
      return fmt::format("propose at {}", action.which + 1);
  }
  return "?";
}

}  // namespace millrace::sim
