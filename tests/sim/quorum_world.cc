#include "tests/sim/quorum_world.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"
#include "controller/metadata/apply.h"
#include "controller/metadata/codec.h"
#include "controller/metadata/snapshot.h"

namespace millrace::sim {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration kTick = milliseconds(25);
/// After the last fault everybody has to agree and go on within this.
constexpr Duration kLiveness = seconds(60);
/// A leader steps down when it has not heard of a majority for so long, by the slowest clock.
constexpr Duration kSilence = seconds(3);
/// The replicas are compared as wholes so often.
constexpr std::uint64_t kCompareEvery = 1000;
/// Snapshots are some pieces long.
constexpr std::size_t kChunkBytes = 64;
/// Applied entries after which a replica makes a snapshot, where the plan has snapshots.
constexpr std::int64_t kSnapshotEntries = 40;
/// A save of a slow disk; above the time after which a leader gives up.
constexpr Duration kSlowSave = milliseconds(3'000);

raft::Replica replica(std::int32_t id, int disk) {
  std::array<std::uint8_t, Uuid::kBytes> bytes{};
  bytes[0] = static_cast<std::uint8_t>(id);
  bytes[1] = static_cast<std::uint8_t>(disk);
  bytes[2] = static_cast<std::uint8_t>(disk >> 8);
  return {NodeId(id), DirectoryId(Uuid(bytes))};
}

/// Changes one of a few settings: images stay small, and yet no two are the same.
SharedBytes command(std::uint64_t number) {
  return SharedBytes::own(controller::encode({controller::ConfigRecord{
      std::nullopt, fmt::format("setting-{}", number % 7), std::to_string(number)}}));
}

}  // namespace

QuorumWorld::QuorumWorld(std::uint64_t seed, Oracle::OnViolation on_violation)
    : random_(seed),
      client_random_(random_.fork()),
      network_(random_.fork()),
      oracle_(on_violation),
      violated_(std::move(on_violation)) {
  make_plan();
  std::vector<raft::Replica> voters;
  for (int id = 1; id <= plan_.voters; ++id) voters.push_back(replica(id, 1));
  for (int id = 1; id <= plan_.voters + plan_.observers; ++id) {
    const auto formed = id <= plan_.voters ? raft::VoterSet(voters) : raft::VoterSet();
    nodes_.emplace(id, Node{replica(id, 1), StoredDisk(random_.next(), formed, kChunkBytes)});
  }
  for (auto& [id, node] : nodes_) {
    disks_[node.self] = &node.disk.model();
    start(node);
  }
}

void QuorumWorld::make_plan() {
  constexpr std::array kVoters{1, 2, 3, 3, 3, 3, 4, 5};
  const auto maybe = [&](std::uint32_t percent) { return random_.chance(percent, 100); };
  plan_.voters = kVoters[random_.below(kVoters.size())];
  plan_.observers = static_cast<int>(random_.below(3));
  plan_.crashes = maybe(70);
  plan_.power_cuts = maybe(40);
  plan_.pauses = maybe(40);
  plan_.cuts = maybe(60);
  plan_.bad_network = maybe(60);
  plan_.slow_disks = maybe(40);
  plan_.bad_clocks = maybe(30);
  plan_.transfers = maybe(30);
  plan_.membership = maybe(50);
  plan_.new_disks = maybe(40);
  plan_.snapshots = maybe(60);
  constexpr std::array kSaves{milliseconds(1), milliseconds(2), milliseconds(20),
                              milliseconds(200)};
  plan_.save_max = kSaves[random_.below(kSaves.size())];
  plan_.fault_interval = milliseconds(random_.between(200, 3'000));
  plan_.client_interval = milliseconds(random_.between(5, 200));
}

void QuorumWorld::post(Duration after, What what, std::int32_t node,
                       std::shared_ptr<const raft::Input> input) {
  const auto life = node == 0 ? 0 : by_id(node).life;
  events_.push({now_ + after, ++posted_, what, node, life, std::move(input)});
}

RunSummary QuorumWorld::run(Duration trouble) {
  const auto start = now_;
  post(plan_.client_interval, What::kClient);
  post(plan_.fault_interval, What::kFault);
  while (now_ - start < trouble) {
    handle(events_.top());
    if (summary_.events % kCompareEvery == 0) compare_all();
  }
  heal();
  const auto healed = now_;
  const auto wanted = oracle_.committed_end() + 1;
  while (!is_settled(wanted)) {
    if (now_ - healed > kLiveness) {
      violated_("R9: healed for a minute, and still not all agree and go on\n" + describe());
      break;
    }
    handle(events_.top());
  }
  compare_all();
  summary_.simulated = now_ - start;
  return summary_;
}

void QuorumWorld::note(const Event& event) {
  auto& hash = summary_.hash;
  const auto mix = [&hash](std::uint64_t value) {
    hash = (hash ^ value) * 0x9e3779b97f4a7c15;
    hash ^= hash >> 29;
  };
  ++summary_.events;
  mix(static_cast<std::uint64_t>(event.at.time_since_epoch().count()));
  mix(static_cast<std::uint64_t>(event.what) << 8 | static_cast<std::uint64_t>(event.node));
  if (event.node == 0) return;
  const Node& node = by_id(event.node);
  if (!node.core) return;
  mix(static_cast<std::uint64_t>(node.core->term().value()));
  mix(static_cast<std::uint64_t>(node.core->state().log.end().value()));
  mix(static_cast<std::uint64_t>(node.core->committed_end().value()));
}

void QuorumWorld::handle(const Event& top) {
  const Event event = top;
  events_.pop();
  now_ = event.at;
  switch (event.what) {
    case What::kClient:
      on_client();
      break;
    case What::kFault:
      on_fault();
      break;
    case What::kRestart:
      if (Node& node = by_id(event.node); !node.core) start(node);
      break;
    default: {
      Node& node = by_id(event.node);
      // A message outlives the process that it was sent to; all else does not.
      const bool theirs = event.life == node.life || event.what == What::kDeliver;
      if (!node.core || !theirs) break;
      if (now_ < node.paused_until) {  // everything waits for it
        events_.push(
            {node.paused_until, ++posted_, event.what, event.node, event.life, event.input});
        return;
      }
      if (event.what == What::kTick) {
        node.core->tick(local_time(node));
        check_quorum(node);
        settle(node);
        show_the_quorum(node);
        if (node.core) post(kTick, What::kTick, event.node);
      } else if (event.what == What::kSaved) {
        node.saving = false;
        const auto input = node.disk.complete_one();
        if (input) tell(node, *input);
        if (node.core) save_next(node);
      } else {
        if (const auto* message = std::get_if<raft::Message>(&*event.input))
          node.heard[message->from.id] = now_;
        tell(node, *event.input);
      }
    }
  }
  note(event);
}

// --- A node ---

MonotonicTime QuorumWorld::local_time(const Node& node) const {
  return node.clock_then + (now_ - node.clock_set) * node.clock_permille / 1000;
}

void QuorumWorld::set_clock(Node& node, std::uint32_t permille) {
  node.clock_then = local_time(node);
  node.clock_set = now_;
  node.clock_permille = permille;
}

void QuorumWorld::start(Node& node) {
  ++node.life;
  node.saving = false;
  node.reads.clear();
  node.proposals.clear();
  const auto found = node.disk.open();
  oracle_.on_restart(node.self, node.disk.model());
  raft::Config config;
  config.self = node.self;
  node.core.emplace(config, found, random_.next(), local_time(node));
  node.save_max = plan_.save_max;
  take_image(node);
  post(Duration(random_.between(0, kTick.count())), What::kTick, node.self.id.value());
}

/// R9: a leader that hears of no majority stands in the way of one that would.
void QuorumWorld::check_quorum(Node& node) const {
  if (!node.core->is_leader()) return;
  const std::pair led{node.core->term(), node.core->voters()};
  if (node.led != led) {  // everybody is given time from now on
    node.led = led;
    node.led_since = now_;
  }
  std::vector<MonotonicTime> heard;
  for (const auto& voter : node.core->voters()) {
    const auto last = node.heard.find(voter.id);
    const bool self = voter.id == node.self.id;
    const bool never = last == node.heard.end() || last->second < node.led_since;
    heard.push_back(self ? now_ : never ? node.led_since : last->second);
  }
  if (now_ - raft::majority_heard(std::move(heard)) < kSilence) return;
  violated_("R9: leads, and has not heard of a majority: " + node.core->describe());
}

/// What the configured servers are for: a node that knows no voters is told who leads.
void QuorumWorld::show_the_quorum(Node& node) {
  if (!node.core->voters().empty() || node.core->leader() || !random_.chance(1, 10)) return;
  for (auto& [id, other] : nodes_) {
    if (!other.core || !other.core->is_leader()) continue;
    return tell(node, raft::Message{other.self, node.self,
                                    raft::LeaderHint{other.core->term(), other.self}});
  }
}

void QuorumWorld::crash(Node& node) {
  if (!node.core) return;
  node.core.reset();
  node.paused_until = now_;
  node.disk.power_cut(random_.below(node.disk.queued() + 1));
}

void QuorumWorld::tell(Node& node, const raft::Input& input) {
  const auto* stored = std::get_if<raft::SnapshotStored>(&input);
  node.core->step(input, local_time(node));
  if (stored != nullptr && stored->voters) take_image(node);
  settle(node);
}

/// The state machine begins with the newest snapshot.
void QuorumWorld::take_image(Node& node) {
  node.image = node.disk.image();
  oracle_.on_snapshot(node.image->end_offset(), controller::state_hash(*node.image));
}

/// After every step: the oracle looks, and what the core wants is carried out.
void QuorumWorld::settle(Node& node) {
  if (node.core->is_leader()) oracle_.on_leader(*node.core);
  carry_out(node, node.core->take_output());
  apply(node);
  const auto since = node.image->end_offset() - node.disk.model().start().end;
  if (plan_.snapshots && since >= kSnapshotEntries) take_snapshot(node);
}

void QuorumWorld::carry_out(Node& node, raft::Output output) {
  const auto id = node.self.id.value();
  answer(node, output);
  for (auto& save : output.saves) {
    oracle_.on_save(*node.core, save);
    node.disk.submit(std::move(save));
  }
  for (auto& chunk : output.chunk_saves) node.disk.submit(std::move(chunk));
  save_next(node);
  for (auto& message : output.messages) {
    oracle_.on_send(node.disk.model(), message);
    const auto delays = network_.send(message);
    if (delays.empty() || !nodes_.contains(message.to.id.value())) continue;
    const auto to = message.to.id.value();
    const auto input = std::make_shared<const raft::Input>(std::move(message));
    for (const auto delay : delays) post(delay, What::kDeliver, to, input);
  }
  const auto later = [&](raft::Input read) {
    post(Duration(random_.between(1'000, 1'000'000)), What::kRead, id,
         std::make_shared<const raft::Input>(std::move(read)));
  };
  for (const auto& read : output.entry_reads) later(node.disk.read(read, node.core->term()));
  for (const auto& read : output.chunk_reads) later(node.disk.read(read));
}

void QuorumWorld::save_next(Node& node) {
  if (node.saving || node.disk.idle()) return;
  node.saving = true;
  post(Duration(random_.between(50'000, node.save_max.count())), What::kSaved,
       node.self.id.value());
}

void QuorumWorld::apply(Node& node) {
  const auto end = node.core->committed_end();
  if (end <= node.image->end_offset()) return;
  const auto apply = [&node](const raft::Entry& entry) {
    const auto* command = std::get_if<raft::Command>(&entry.body);
    controller::MetadataTransaction records;
    if (command != nullptr) records = controller::decode(command->bytes.view()).value();
    node.image = controller::apply_records(*node.image, records).value();
    return controller::state_hash(*node.image);
  };
  oracle_.on_committed({*node.core, node.disk.model()}, node.image->end_offset(), apply, disks_);
  while (!node.proposals.empty() && node.proposals.front().first < end) {
    const auto [offset, term] = node.proposals.front();
    node.proposals.pop_front();
    // It is the one that was proposed, or another took its place.
    if (node.core->term() == term && node.core->is_leader()) oracle_.on_acknowledged(offset + 1);
  }
}

void QuorumWorld::answer(Node& node, const raft::Output& output) {
  for (const auto& read : output.reads) {
    const auto asked = node.reads.find(read.token);
    CHECK(asked != node.reads.end());
    if (read.end) oracle_.on_read(asked->second, *read.end);
    node.reads.erase(asked);
  }
}

void QuorumWorld::take_snapshot(Node& node) {
  const auto& log = node.core->state().log;
  const Offset end = node.image->end_offset();
  // The disk carries out in order: what waits was asked before.
  if (!node.disk.idle() || node.disk.model().end() < end) return;
  const raft::LogPosition id{log.terms().term_before(end), end};
  tell(node, node.disk.take_snapshot(id, log.voters().at(end), node.image));
}

// --- Clients and operators ---

QuorumWorld::Node* QuorumWorld::some_running() {
  std::vector<Node*> running;
  for (auto& [id, node] : nodes_)
    if (node.core && now_ >= node.paused_until) running.push_back(&node);
  return running.empty() ? nullptr : running[client_random_.below(running.size())];
}

QuorumWorld::Node* QuorumWorld::some_leader() {
  std::vector<Node*> leaders;
  for (auto& [id, node] : nodes_)
    if (node.core && now_ >= node.paused_until && node.core->is_leader()) leaders.push_back(&node);
  return leaders.empty() ? nullptr : leaders[client_random_.below(leaders.size())];
}

/// Proposes or reads at whoever believes to lead; sometimes at anybody.
void QuorumWorld::on_client() {
  post(Duration(client_random_.between(1, 2 * plan_.client_interval.count())), What::kClient);
  Node* node = client_random_.chance(1, 20) ? some_running() : some_leader();
  if (node == nullptr) return;
  const auto now = local_time(*node);
  if (client_random_.chance(1, 4)) {
    const auto token = ++next_token_;
    node->reads.emplace(token, oracle_.acknowledged_end());
    if (!node->core->read(token, now)) node->reads.erase(token);
  } else {
    const auto offset = node->core->propose(command(++next_command_), now);
    if (offset) node->proposals.emplace_back(*offset, node->core->term());
  }
  settle(*node);
  if (plan_.membership && client_random_.chance(1, 50)) change_voters();
}

/// What an operator would do: take away votes of disks that are gone, give votes to nodes that have
/// none, and now and then move one.
void QuorumWorld::change_voters() {
  Node* leader = some_leader();
  if (leader == nullptr) return;
  const auto& log = leader->core->state().log;
  const bool waits = log.voters().latest_end() > log.committed_end() ||
                     log.committed_end() <= leader->core->first_of_term();
  const raft::VoterSet voters = leader->core->voters();
  std::vector<raft::Replica> lost;
  std::vector<raft::Replica> without_vote;
  for (const auto& voter : voters)
    if (!disks_.contains(voter)) lost.push_back(voter);
  for (const auto& [id, node] : nodes_)
    if (!voters.contains(node.self)) without_vote.push_back(node.self);
  const auto now = local_time(*leader);
  Result<Offset> changed = fail(ErrorCode::kNotFound, "nothing to change");
  if (!lost.empty()) {
    changed = leader->core->remove_voter(lost.front(), now);
  } else if (!without_vote.empty() && (voters.size() < 3 || client_random_.chance(1, 2))) {
    changed = leader->core->add_voter(without_vote[client_random_.below(without_vote.size())], now);
  } else if (voters.size() > 2) {
    const auto which = static_cast<std::ptrdiff_t>(client_random_.below(voters.size()));
    changed = leader->core->remove_voter(*(voters.begin() + which), now);
  }
  if (changed && waits)
    violated_("R7: voters change while the change before is not committed: " +
              leader->core->describe());
  settle(*leader);
}

// --- Trouble ---

void QuorumWorld::on_fault() {
  if (!trouble_) return;
  post(Duration(random_.between(1, 2 * plan_.fault_interval.count())), What::kFault);
  ++summary_.faults;
  auto node = nodes_.begin();
  std::advance(node, static_cast<std::ptrdiff_t>(random_.below(nodes_.size())));
  // Trouble prefers leaders.
  if (const Node* leader = some_leader(); leader != nullptr && random_.chance(1, 3))
    node = nodes_.find(leader->self.id.value());
  const auto id = node->first;
  switch (random_.below(10)) {
    case 0:
      if (!plan_.crashes) break;
      crash(node->second);
      post(Duration(random_.between(0, Duration(seconds(5)).count())), What::kRestart, id);
      break;
    case 1:
      if (!plan_.power_cuts || !random_.chance(1, 4)) break;
      for (auto& [each, other] : nodes_) {
        crash(other);
        post(Duration(random_.between(0, Duration(seconds(5)).count())), What::kRestart, each);
      }
      break;
    case 2:
      if (plan_.pauses) node->second.paused_until = now_ + milliseconds(random_.between(50, 4'000));
      break;
    case 3:
      if (plan_.cuts) cut_something();
      break;
    case 4:
      network_.heal();
      break;
    case 5:
      change_network();
      break;
    case 6:
      if (plan_.slow_disks)
        node->second.save_max = random_.chance(1, 2) ? kSlowSave : plan_.save_max;
      break;
    case 7:
      if (plan_.bad_clocks) change_clocks(node->second);
      break;
    case 8:
      if (Node* leader = some_leader(); plan_.transfers && leader != nullptr) {
        if (leader->core->transfer(NodeId(id), local_time(*leader))) settle(*leader);
      }
      break;
    default:
      if (plan_.new_disks && random_.chance(1, 3)) lose_a_disk();
  }
}

/// A node is cut off, in one direction or both, or the nodes fall into two parts.
void QuorumWorld::cut_something() {
  const auto kind = random_.below(4);
  const auto last = static_cast<std::uint64_t>(nodes_.size());
  const NodeId one(static_cast<std::int32_t>(1 + random_.below(last)));
  for (const auto& [from, a] : nodes_) {
    for (const auto& [to, b] : nodes_) {
      if (from == to) continue;
      const bool hears = kind == 0 && NodeId(to) == one;
      const bool speaks = kind == 1 && NodeId(from) == one;
      const bool either = kind == 2 && (NodeId(from) == one || NodeId(to) == one);
      const bool parts = kind == 3 && (NodeId(from) <= one) != (NodeId(to) <= one);
      if (hears || speaks || either || parts) network_.cut(NodeId(from), NodeId(to));
    }
  }
}

/// One clock goes wrong, or one is slow while all others are fast.
void QuorumWorld::change_clocks(Node& node) {
  const bool against_one = random_.chance(1, 2);
  for (auto& [id, other] : nodes_) {
    if (against_one) set_clock(other, 2000);
  }
  set_clock(node, against_one ? 500 : static_cast<std::uint32_t>(random_.between(500, 2000)));
}

void QuorumWorld::change_network() {
  if (!plan_.bad_network) return;
  Network::Quality quality;
  quality.delay_max = milliseconds(random_.between(1, 60));
  quality.lost = static_cast<std::uint32_t>(random_.below(2) * random_.below(200));
  quality.doubled = static_cast<std::uint32_t>(random_.below(2) * random_.below(200));
  quality.late = static_cast<std::uint32_t>(random_.below(2) * random_.below(50));
  quality.flipped = static_cast<std::uint32_t>(random_.below(2) * random_.below(300));
  network_.set_quality(quality);
}

/// Whether in every set of voters that anybody knows a majority keeps its disk.
bool QuorumWorld::may_lose(const Node& node) const {
  for (const auto& [id, other] : nodes_) {
    const auto found = other.disk.model().found();
    std::vector<raft::VoterSet> sets{found.log.voters.latest(),
                                     found.log.voters.at(found.log.start.end)};
    if (other.core) sets.push_back(other.core->voters());
    for (const auto& set : sets) {
      std::size_t lost = 0;
      for (const auto& voter : set) lost += voter == node.self || !disks_.contains(voter) ? 1 : 0;
      if (lost > 0 && set.size() - lost < set.majority()) return false;
    }
  }
  return true;
}

void QuorumWorld::lose_a_disk() {
  auto chosen = nodes_.begin();
  std::advance(chosen, static_cast<std::ptrdiff_t>(random_.below(nodes_.size())));
  Node& node = chosen->second;
  if (!may_lose(node)) return;
  crash(node);
  disks_.erase(node.self);
  node.self = replica(chosen->first, ++node.disks);
  node.disk = StoredDisk(random_.next(), {}, kChunkBytes);
  disks_[node.self] = &node.disk.model();
  post(Duration(random_.between(0, Duration(seconds(5)).count())), What::kRestart, chosen->first);
}

void QuorumWorld::heal() {
  trouble_ = false;
  network_.heal();
  network_.set_quality({});
  for (auto& [id, node] : nodes_) {
    node.paused_until = std::min(node.paused_until, now_);
    node.save_max = milliseconds(1);
    set_clock(node, 1000);
    if (!node.core) post(Duration::zero(), What::kRestart, id);
  }
}

/// A leader, and everyone has what it has, including something that was proposed after the healing.
bool QuorumWorld::is_settled(Offset wanted) const {
  if (oracle_.acknowledged_end() < wanted) return false;
  return std::all_of(nodes_.begin(), nodes_.end(), [&](const auto& each) {
    return each.second.core && each.second.image->end_offset() >= wanted;
  });
}

void QuorumWorld::compare_all() {
  for (const auto& [id, node] : nodes_) {
    if (node.core) oracle_.compare(node.self, node.disk.model(), node.image->end_offset());
  }
}

std::string QuorumWorld::describe() const {
  std::string text;
  for (const auto& [id, node] : nodes_) {
    text += (node.core ? node.core->describe() : fmt::format("{} down", raft::describe(node.self)));
    text +=
        fmt::format(" applied {}\n", node.image == nullptr ? 0 : node.image->end_offset().value());
  }
  return text;
}

}  // namespace millrace::sim
