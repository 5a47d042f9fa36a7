#include <fmt/format.h>

#include "base/check.h"
#include "controller/metadata/codec.h"
#include "controller/metadata/snapshot.h"
#include "tests/sim/quorum_world.h"

namespace millrace::sim {
namespace {

using std::chrono::milliseconds;

/// A read of committed entries takes as long as this.
constexpr Duration kReadMax = milliseconds(20);
/// A connection that breaks is noticed within this.
constexpr Duration kBreakMax = milliseconds(3'000);
/// Others are sure of a death within this; the process may be back by then.
constexpr Duration kReportMax = milliseconds(2'000);

Uuid the_cluster() {
  std::array<std::uint8_t, Uuid::kBytes> bytes{};
  bytes.fill(0xc1);
  return Uuid(bytes);
}

controller::RegisterBroker registration(const raft::Replica& self, Random& random) {
  controller::BrokerRecord broker;
  broker.id = self.id;
  broker.rack = fmt::format("rack-{}", self.id.value() % 3);
  broker.incarnation = IncarnationId(Uuid::random(random));
  broker.directory = self.directory;
  return {the_cluster(), std::move(broker)};
}

}  // namespace

// --- A process -----------------------------------------------------------------------------------

std::unique_ptr<QuorumWorld::Process> QuorumWorld::new_process(Node& node, Offset log_end) {
  const auto& image = node.disk.image();
  oracle_.on_snapshot(image->end_offset(), controller::state_hash(*image));
  metadata_oracle_.on_start(node.self.id, *image);
  MetadataActor::Exits exits{
      .propose = [this, &node](SharedBytes command) { return propose(node, std::move(command)); },
      .ask =
          [this, &node](NodeId to, const SharedBytes& bytes, Duration timeout,
                        MetadataActor::Answer answer) {
            ask(node, to, bytes, timeout, std::move(answer));
          },
      .now = [this, &node] { return local_time(node); }};
  // Ended by a task: whoever says so is in the middle of something.
  const auto stop = [this, &node] {
    post(node, Duration::zero(), [this, &node] { crash_for_a_while(node); });
  };
  node::BrokerSession::Exits session_exits{
      .submit =
          [this, &node](controller::Command command, MetadataActor::Done done) {
            submit(node, std::move(command), std::move(done));
          },
      .replaced = [stop](const Error&) { stop(); },
      .unfenced = [] {},
      .may_stop = stop};
  return std::unique_ptr<Process>(
      new Process{{node.self.id, image, random_.fork(), std::move(exits)},
                  {registration(node.self, random_), std::move(session_exits)},
                  node::CommitFeed(image->end_offset(), log_end)});
}

// --- The order of a step -------------------------------------------------------------------------

void QuorumWorld::note_role(Node& node) {
  auto& process = *node.process;
  if (!process.leads || (node.core->is_leader() && node.core->term() == *process.leads)) return;
  process.leads.reset();
  process.metadata.on_resigned();
}

void QuorumWorld::note_leader(Node& node) {
  const auto leader = node.core->leader();
  const auto id = leader ? std::optional(leader->id) : std::nullopt;
  if (id != std::exchange(node.process->leader, id)) node.process->metadata.on_leader(id);
}

void QuorumWorld::apply(Node& node) {
  auto& process = *node.process;
  deliver(node, process.feed.take(node.core->committed_end()));
  const auto from = process.feed.missing(node.core->committed_end());
  if (from && !process.reading) {
    process.reading = true;
    auto found = node.disk.read_committed(*from);
    post(node, Duration(random_.between(0, kReadMax.count())),
         [this, &node, found = std::move(found)]() mutable {
           auto& reader = *node.process;
           reader.reading = false;
           deliver(node, reader.feed.take_read(std::move(found), node.core->committed_end()));
           settle(node);
         });
  }
  const bool all_applied = process.feed.applied_end() == node.core->state().log.end();
  if (process.leads || !node.core->is_leader() || !all_applied ||
      process.feed.applied_end() <= node.core->first_of_term())
    return;
  process.leads = node.core->term();
  process.metadata.on_leads();
}

void QuorumWorld::deliver(Node& node, const std::vector<raft::Entry>& entries) {
  if (entries.empty()) return;
  for (const auto& entry : entries) apply_one(node, entry);
  auto& metadata = node.process->metadata;
  metadata_oracle_.on_image(node.self.id, *metadata.image());
  metadata.send_due();
}

void QuorumWorld::apply_one(Node& node, const raft::Entry& entry) {
  auto& metadata = node.process->metadata;
  const auto apply = [&](const raft::Entry& durable) {
    if (durable != entry)
      violated_(fmt::format("R4: {} is applied where {} is durable: {}", raft::describe(entry),
                            raft::describe(durable), node.core->describe()));
    const auto before = metadata.image();
    metadata.on_committed(entry);
    if (metadata_oracle_.end() == entry.offset) {
      const auto* command = std::get_if<raft::Command>(&entry.body);
      controller::MetadataTransaction records;
      if (command != nullptr) records = controller::decode(command->bytes.view()).value();
      metadata_oracle_.on_entry(*before, records, *metadata.image());
    }
    return controller::state_hash(*metadata.image());
  };
  oracle_.on_committed({*node.core, node.disk.model()}, entry.offset, entry.offset + 1, apply,
                       disks_);
}

/// A snapshot from the leader took the place of everything.
void QuorumWorld::install(Node& node) {
  const auto& image = node.disk.image();
  oracle_.on_snapshot(image->end_offset(), controller::state_hash(*image));
  node.process->feed.restart_at(image->end_offset());
  node.process->metadata.on_installed(image);
  metadata_oracle_.on_image(node.self.id, *image);
}

Result<Offset> QuorumWorld::propose(Node& node, SharedBytes command) {
  auto offset = node.core->propose(std::move(command), local_time(node));
  settle_later(node);
  return offset;
}

// --- Requests ------------------------------------------------------------------------------------

void QuorumWorld::submit(Node& node, controller::Command command, MetadataActor::Done done) {
  metadata_oracle_.on_asked(command);
  auto checked = [this, &node, command,
                  done = std::move(done)](const controller::CommandResult& result) mutable {
    metadata_oracle_.on_answered(command, result, *node.process->metadata.image());
    if (!result.error) oracle_.on_acknowledged(result.metadata_end);
    std::move(done)(result);
  };
  node.process->metadata.submit(std::move(command), std::move(checked));
}

/// To another node, over a connection that may break: then nobody knows what became of it.
void QuorumWorld::ask(Node& node, NodeId to, const SharedBytes& bytes, Duration timeout,
                      MetadataActor::Answer answer) {
  const auto number = ++next_ask_;
  node.process->asks.emplace(number, Ask{to, std::move(answer)});
  end_ask_later(node, number, fail(ErrorCode::kTimedOut, "no answer in time"), timeout);
  const auto broken = [this, number](Node& asker) {
    end_ask_later(asker, number, fail(ErrorCode::kReplicaNotAvailable, "the connection broke"),
                  Duration(random_.between(1, kBreakMax.count())));
  };
  Node& other = by_id(to.value());
  const auto there = network_.call(node.self.id, to);
  if (!there || !other.core) return broken(node);
  const auto answered = [this, &node, life = node.life, to, number,
                         broken](Result<SharedBytes> result) {
    if (!node.core || node.life != life) return;  // whoever asked is gone
    const auto back = network_.call(to, node.self.id);
    if (!back) return broken(node);
    end_ask_later(node, number, std::move(result),
                  mailboxes_.arrival(to, node.self.id, now_, *back));
  };
  post(other, mailboxes_.arrival(node.self.id, to, now_, *there),
       [&other, bytes, answered] { other.process->metadata.on_request(bytes, answered); });
}

void QuorumWorld::end_ask_later(Node& node, std::uint64_t number, Result<SharedBytes> answer,
                                Duration after) {
  post(node, after, [this, &node, number, answer = std::move(answer)]() mutable {
    end_ask(node, number, std::move(answer));
  });
}

void QuorumWorld::end_ask(Node& node, std::uint64_t number, Result<SharedBytes> answer) {
  auto asked = node.process->asks.extract(number);
  if (!asked.empty()) std::move(asked.mapped().answer)(std::move(answer));
}

void QuorumWorld::break_asks_to(NodeId gone) {
  for (auto& [id, node] : nodes_) {
    if (!node.core) continue;
    for (const auto& [number, ask] : node.process->asks) {
      if (ask.to != gone) continue;
      end_ask_later(node, number, fail(ErrorCode::kReplicaNotAvailable, "the node is gone"),
                    Duration(random_.between(1, kBreakMax.count())));
    }
  }
}

/// Sometimes somebody is sure that the process is gone, and says so.
void QuorumWorld::report_death(const Node& node) {
  Node* witness = some_running();
  if (witness == nullptr || witness == &node || !random_.chance(1, 2)) return;
  const auto incarnation = node.process->broker.registration().broker.incarnation;
  post(*witness, Duration(random_.between(1, kReportMax.count())),
       [this, witness, id = node.self.id, incarnation] {
         submit(*witness, {controller::ReportBrokerDeath{id, incarnation}},
                [](const controller::CommandResult&) {});
       });
}

}  // namespace millrace::sim
