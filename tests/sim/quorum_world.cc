#include "tests/sim/quorum_world.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"
#include "controller/metadata/snapshot.h"

namespace millrace::sim {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration kTick = milliseconds(25);
/// The metadata host's interval is twice that of the quorum's.
constexpr std::uint64_t kTicksPerMetadataTick = 2;
/// From one thread of a node to another.
constexpr Duration kLoopDelayMax = milliseconds(5);
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

raft::Replica replica(std::int32_t id, int disk) {
  std::array<std::uint8_t, Uuid::kBytes> bytes{};
  bytes[0] = static_cast<std::uint8_t>(id);
  bytes[1] = static_cast<std::uint8_t>(disk);
  bytes[2] = static_cast<std::uint8_t>(disk >> 8);
  return {NodeId(id), DirectoryId(Uuid(bytes))};
}

}  // namespace

QuorumWorld::QuorumWorld(std::uint64_t seed, Oracle::OnViolation on_violation)
    : random_(seed),
      client_random_(random_.fork()),
      network_(random_.fork()),
      clients_(random_.fork()),
      oracle_(on_violation),
      metadata_oracle_(on_violation),
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
  plan_.leaves = maybe(40);
  constexpr std::array kSaves{milliseconds(1), milliseconds(2), milliseconds(20),
                              milliseconds(200)};
  plan_.save_max = kSaves[random_.below(kSaves.size())];
  plan_.fault_interval = milliseconds(random_.between(200, 3'000));
  plan_.client_interval = milliseconds(random_.between(5, 200));
}

void QuorumWorld::post(Duration after, What what, std::int32_t node,
                       std::shared_ptr<const raft::Input> input) {
  const auto life = node == 0 ? 0 : by_id(node).life;
  events_.push({now_ + after, ++posted_, what, node, life, std::move(input), nullptr});
}

void QuorumWorld::post(const Node& node, Duration after, Task task) {
  events_.push({now_ + after, ++posted_, What::kTask, node.self.id.value(), node.life, nullptr,
                std::make_shared<Task>(std::move(task))});
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
      violated_("R9, M4: healed for a minute, and still not all agree and go on\n" + describe());
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
        events_.push({node.paused_until, ++posted_, event.what, event.node, event.life, event.input,
                      event.task});
        return;
      }
      handle_here(node, event);
    }
  }
  note(event);
}

void QuorumWorld::handle_here(Node& node, const Event& event) {
  switch (event.what) {
    case What::kTick:
      return tick(node);
    case What::kSaved:
      return on_saved(node);
    case What::kTask:
      return (*event.task)();
    default:
      if (const auto* message = std::get_if<raft::Message>(&*event.input))
        node.heard[message->from.id] = now_;
      tell(node, *event.input);
  }
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
  const auto found = node.disk.open();
  oracle_.on_restart(node.self, node.disk.model());
  raft::Config config;
  config.self = node.self;
  node.core.emplace(config, found, random_.next(), local_time(node));
  node.save_max = trouble_ ? plan_.save_max : Duration(milliseconds(1));
  node.process = new_process(node, found.log.end);
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
  node.process.reset();
  break_asks_to(node.self.id);
  node.paused_until = now_;
  node.disk.power_cut(random_.below(node.disk.queued() + 1));
}

/// An empty one, and so the node is another replica. Requires: it does not run.
void QuorumWorld::give_new_disk(Node& node) {
  disks_.erase(node.self);
  node.self = replica(node.self.id.value(), ++node.disks);
  node.disk = StoredDisk(random_.next(), {}, kChunkBytes);
  disks_[node.self] = &node.disk.model();
}

void QuorumWorld::tick(Node& node) {
  node.core->tick(local_time(node));
  check_quorum(node);
  settle(node);
  show_the_quorum(node);
  auto& process = *node.process;
  if (++process.ticks % kTicksPerMetadataTick == 0) {
    process.metadata.tick();
    process.broker.tick(local_time(node), process.metadata.image()->end_offset());
  }
  post(kTick, What::kTick, node.self.id.value());
}

void QuorumWorld::on_saved(Node& node) {
  node.saving = false;
  const auto input = node.disk.complete_one();
  const auto* stored = input ? std::get_if<raft::SnapshotStored>(&*input) : nullptr;
  if (stored != nullptr && stored->voters) install(node);
  if (input) tell(node, *input);
  save_next(node);
}

void QuorumWorld::tell(Node& node, const raft::Input& input) {
  node.core->step(input, local_time(node));
  settle(node);
}

/// After every step: the oracle looks, and what the core wants is carried out.
void QuorumWorld::settle(Node& node) {
  if (node.core->is_leader()) oracle_.on_leader(*node.core);
  auto output = node.core->take_output();
  for (const auto& save : output.saves) {
    oracle_.on_save(*node.core, save);
    node.process->feed.on_save(save);
  }
  note_role(node);
  apply(node);
  answer(node, output);
  note_leader(node);
  carry_out(node, std::move(output));
  const auto since = node.process->metadata.image()->end_offset() - node.disk.model().start().end;
  if (plan_.snapshots && since >= kSnapshotEntries) take_snapshot(node);
}

/// Whoever proposes may do so while something is applied: what follows from it comes next.
void QuorumWorld::settle_later(Node& node) {
  if (std::exchange(node.process->settles, true)) return;
  post(node, Duration::zero(), [this, &node] {
    node.process->settles = false;
    settle(node);
  });
}

void QuorumWorld::carry_out(Node& node, raft::Output output) {
  const auto id = node.self.id.value();
  for (auto& save : output.saves) node.disk.submit(std::move(save));
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
  const auto& image = node.process->metadata.image();
  const Offset end = image->end_offset();
  // The disk carries out in order: what waits was asked before.
  if (!node.disk.idle() || node.disk.model().end() < end) return;
  const raft::LogPosition id{log.terms().term_before(end), end};
  tell(node, node.disk.take_snapshot(id, log.voters().at(end), image));
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

/// Reads at whoever believes to lead, or asks any node for a change, which it is told some time
/// later.
void QuorumWorld::on_client() {
  post(Duration(client_random_.between(1, 2 * plan_.client_interval.count())), What::kClient);
  const bool reads = client_random_.chance(1, 4);
  Node* node = reads || client_random_.chance(1, 2) ? some_leader() : some_running();
  if (node == nullptr) return;
  if (reads) {
    const auto token = ++next_token_;
    node->reads.emplace(token, oracle_.acknowledged_end());
    if (!node->core->read(token, local_time(*node))) node->reads.erase(token);
    settle(*node);
  } else {
    auto command = clients_.next(node->self.id, *node->process->metadata.image());
    const Duration delay(client_random_.between(0, kLoopDelayMax.count()));
    post(*node, mailboxes_.arrival(kNoNode, node->self.id, now_, delay),
         [this, node, command = std::move(command)]() mutable {
           submit(*node, std::move(command), [](const controller::CommandResult&) {});
         });
  }
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
  auto& metadata = leader->process->metadata;
  if (changed && metadata.is_active()) metadata.on_other_entry();
  settle(*leader);
}

// --- The end ---

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

/// A leader, and everyone has what it has, including something that was proposed after the healing
/// (R9), and knows every broker of now as one that serves (M4).
bool QuorumWorld::is_settled(Offset wanted) const {
  if (oracle_.acknowledged_end() < wanted) return false;
  const auto serves = [this](const controller::MetadataImage& image) {
    return std::all_of(nodes_.begin(), nodes_.end(), [&](const auto& each) {
      const auto* broker = image.broker(NodeId(each.first));
      const auto& now = each.second.process->broker.registration().broker;
      return broker != nullptr && !broker->fenced && broker->incarnation == now.incarnation;
    });
  };
  const bool all_run = std::all_of(nodes_.begin(), nodes_.end(),
                                   [](const auto& each) { return each.second.core.has_value(); });
  return all_run && std::all_of(nodes_.begin(), nodes_.end(), [&](const auto& each) {
           const auto& image = *each.second.process->metadata.image();
           return image.end_offset() >= wanted && serves(image);
         });
}

void QuorumWorld::compare_all() {
  for (const auto& [id, node] : nodes_) {
    if (!node.core) continue;
    const auto& image = *node.process->metadata.image();
    oracle_.compare(node.self, node.disk.model(), image.end_offset());
    if (image.state_hash() != controller::computed_state_hash(image))
      violated_(fmt::format("M2: the state hash of node {} is not that of its state", id));
  }
}

std::string QuorumWorld::describe() const {
  std::string text;
  for (const auto& [id, node] : nodes_) {
    if (node.core) {
      text += fmt::format("{}, {}\n", node.core->describe(), node.process->metadata.describe());
    } else {
      text += fmt::format("{} down\n", raft::describe(node.self));
    }
  }
  return text;
}

}  // namespace millrace::sim
