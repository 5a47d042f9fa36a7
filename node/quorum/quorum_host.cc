#include "node/quorum/quorum_host.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "node/log/log.h"

namespace millrace::node {
namespace {

/// The core is given the time this often: a quarter of a heartbeat interval.
constexpr auto kTickInterval = std::chrono::milliseconds(25);
/// A snapshot is due after so many bytes of entries.
constexpr std::size_t kSnapshotBytes = 16 << 20;
/// Between two questions of who leads.
constexpr auto kLookInterval = std::chrono::milliseconds(500);

std::size_t bytes_of(const std::vector<raft::Entry>& entries) {
  std::size_t bytes = 0;
  for (const auto& entry : entries) bytes += raft::bytes_of(entry);
  return bytes;
}

}  // namespace

struct QuorumHost::Timer {
  explicit Timer(boost::asio::io_context& context) : timer(context) {}
  boost::asio::steady_timer timer;
};

QuorumHost::QuorumHost(Loop& loop, const Clock& clock, raft::Config config,
                       std::unique_ptr<QuorumStore> store, std::uint64_t seed)
    : loop_(loop),
      clock_(clock),
      first_image_(store->image()),
      core_(std::move(config), store->found(), seed, clock.now()),
      feed_(store->image()->end_offset(), store->end()),
      disk_(loop, clock, std::move(store),
            {.done = [this](raft::Input input) { step(input); },
             .entries =
                 [this](std::vector<raft::Entry> entries) {
                   reading_ = false;
                   deliver(feed_.take_read(std::move(entries), core_.committed_end()));
                   settle();
                 },
             .installed =
                 [this](controller::ImagePtr image) {
                   feed_.restart_at(image->end_offset());
                   exits_.installed(std::move(image));
                 },
             .snapshot_refused =
                 [this](const Error& error) {
                   snapshotting_ = false;
                   log_warn("no snapshot of the metadata: the next start takes longer",
                            {{"reason", error.message}});
                 },
             .full =
                 [this](bool is_full) {
                   disk_full_ = is_full;
                   if (is_full) log_error("the disk of the metadata log is full", {});
                   if (!is_full) log_info("the metadata log has space again", {});
                 },
             .failed = [this](Error error) { exits_.failed(std::move(error)); }}),
      timer_(std::make_unique<Timer>(loop.context())) {}

QuorumHost::~QuorumHost() = default;

void QuorumHost::start(Exits exits) {
  exits_ = std::move(exits);
  first_image_.reset();
  disk_.start();
  tick();
}

void QuorumHost::stop_disk() {
  disk_.stop();
}

void QuorumHost::tick() {
  core_.tick(clock_.now());
  settle();
  look_for_leader();
  note_caught_up();
  timer_->timer.expires_after(kTickInterval);
  timer_->timer.async_wait([this](const boost::system::error_code& error) {
    if (!error) tick();
  });
}

void QuorumHost::receive(const raft::Message& message) {
  step(message);
}

void QuorumHost::on_contact(const raft::Replica& replica) {
  contacts_.insert_or_assign(replica.id, replica);
  introduce(replica);
}

/// The core asks the voters of its log. One that has none, or only such as are gone, depends on
/// those that this node is connected to, which may not have had a leader when they were asked.
void QuorumHost::look_for_leader() {
  if (core_.leader() || clock_.now() < next_look_) return;
  next_look_ = clock_.now() + kLookInterval;
  for (const auto& [id, replica] : contacts_) introduce(replica);
}

void QuorumHost::introduce(const raft::Replica& replica) {
  // As if it had named itself: the core asks it, and it leads or names who does.
  step(raft::Message{replica, self(), raft::LeaderHint{core_.term(), replica}});
}

void QuorumHost::step(const raft::Input& input) {
  if (std::holds_alternative<raft::SnapshotTaken>(input)) snapshotting_ = false;
  core_.step(input, clock_.now());
  settle();
}

// --- After every step ---

/// The order matters: a leader that was replaced says so before anybody else's entries are applied,
/// and one that leads says so after all of them are.
void QuorumHost::settle() {
  auto output = core_.take_output();
  for (const auto& save : output.saves) {
    feed_.on_save(save);
    meter_.on_appended(save.entries.size());
  }
  measure();
  note_role();
  apply();
  answer_changes();
  answer_reads(output);
  note_leader();
  carry_out(std::move(output));
}

void QuorumHost::measure() {
  QuorumMeter::Moment moment;
  moment.term = core_.term();
  moment.leads = core_.is_leader();
  moment.campaigns = std::holds_alternative<raft::Prospective>(core_.state().role) ||
                     std::holds_alternative<raft::Candidate>(core_.state().role);
  if (const auto leader = core_.leader()) moment.leader = leader->id;
  moment.committed_end = core_.committed_end();
  meter_.observe(moment, clock_.now());
}

void QuorumHost::note_role() {
  if (!leading_ || (core_.is_leader() && core_.term() == *leading_)) return;
  leading_.reset();
  exits_.resigned();
}

void QuorumHost::apply() {
  deliver(feed_.take(core_.committed_end()));
  if (const auto from = feed_.missing(core_.committed_end()); from && !reading_) {
    reading_ = true;
    disk_.read_committed(*from);
  }
  if (leading_ || !core_.is_leader()) return;
  const bool all_applied =
      feed_.applied_end() == core_.state().log.end() && feed_.applied_end() > core_.first_of_term();
  if (!all_applied) return;
  leading_ = core_.term();
  ++elections_;
  exits_.leads(core_.term());
}

void QuorumHost::deliver(std::vector<raft::Entry> entries) {
  if (entries.empty()) return;
  applied_bytes_ += bytes_of(entries);
  exits_.committed(std::move(entries));
}

void QuorumHost::note_leader() {
  const auto leader = core_.leader();
  const auto id = leader ? std::optional(leader->id) : std::nullopt;
  if (id == leader_) return;
  leader_ = id;
  exits_.leader_changed(id);
}

void QuorumHost::carry_out(raft::Output output) {
  for (auto& message : output.messages) exits_.send(std::move(message));
  disk_.save(std::move(output.saves));
  for (auto& chunk : output.chunk_saves) disk_.save(std::move(chunk));
  for (auto& read : output.entry_reads) disk_.read(read, core_.term());
  for (auto& read : output.chunk_reads) disk_.read(read);
}

// --- What others ask ---

Result<Offset> QuorumHost::propose(SharedBytes command) {
  if (disk_full_) {
    return fail(ErrorCode::kNoSpace,
                "the disk of the metadata log is full; free space on the node");
  }
  const auto now = clock_.now();
  auto offset = core_.propose(std::move(command), now);
  if (offset) meter_.on_proposed(core_.term(), *offset, now);
  settle_later();
  return offset;
}

/// Whoever proposes may do so while something is being applied: what follows from it comes next.
void QuorumHost::settle_later() {
  if (std::exchange(settle_scheduled_, true)) return;
  loop_.post([this] {
    settle_scheduled_ = false;
    settle();
  });
}

Result<Offset> QuorumHost::add_voter(const raft::Replica& replica) {
  auto offset = core_.add_voter(replica, clock_.now());
  settle_later();
  return offset;
}

Result<Offset> QuorumHost::remove_voter(const raft::Replica& replica) {
  auto offset = core_.remove_voter(replica, clock_.now());
  settle_later();
  return offset;
}

void QuorumHost::await(Offset offset, Done done) {
  changes_.push_back({offset, core_.term(), std::move(done)});
}

/// A leader that removed itself has done so, although it does not lead any more.
void QuorumHost::answer_changes() {
  auto waiting = std::exchange(changes_, {});
  const auto& log = core_.state().log;
  for (auto& each : waiting) {
    const bool committed = log.committed_end() > each.offset;
    const bool ours = committed && each.offset + 1 >= log.start().end &&
                      log.terms().term_before(each.offset + 1) == each.term;
    if (ours) {
      std::move(each.done)({});
    } else if (committed || !core_.is_leader() || core_.term() != each.term) {
      std::move(each.done)(fail(ErrorCode::kTimedOut,
                                "the lead went to another node before the change of the voters was "
                                "committed: see millrace quorum describe"));
    } else {
      changes_.push_back(std::move(each));
    }
  }
}

Status QuorumHost::transfer(NodeId to) {
  auto begun = core_.transfer(to, clock_.now());
  settle_later();
  return begun;
}

bool QuorumHost::hand_over() {
  const auto* leader = std::get_if<raft::Leader>(&core_.state().role);
  if (leader == nullptr || core_.voters().size() < 2) return false;
  if (leader->transfer) return true;
  const std::pair<const raft::Replica, raft::Progress>* best = nullptr;
  for (const auto& each : leader->progress) {
    const bool votes = core_.voters().contains(each.first);
    if (votes && (best == nullptr || each.second.match > best->second.match)) best = &each;
  }
  return best != nullptr && transfer(best->first.id).has_value();
}

void QuorumHost::confirm_lead(Done done) {
  const auto token = ++last_token_;
  const auto asked = core_.read(token, clock_.now());
  if (!asked) return std::move(done)(fail(asked.error()));
  reads_.emplace(token, std::move(done));
  settle_later();
}

void QuorumHost::answer_reads(const raft::Output& output) {
  for (const auto& read : output.reads) {
    auto done = std::move(reads_.extract(read.token).mapped());
    if (read.end) {
      std::move(done)({});
    } else {
      std::move(done)(fail(ErrorCode::kNotController, "this node does not lead the quorum"));
    }
  }
}

// --- Snapshots ---

void QuorumHost::snapshot_if_due(const controller::ImagePtr& image) {
  if (snapshotting_ || applied_bytes_ < kSnapshotBytes) return;
  snapshotting_ = true;
  applied_bytes_ = 0;
  const auto& log = core_.state().log;
  const Offset end = image->end_offset();
  const auto term = log.terms().term_before(end);
  disk_.take_snapshot({end, LeaderEpoch(term.value())}, {log.voters().at(end), image});
}

// --- What is told ---

void QuorumHost::note_caught_up() {
  const auto* leader = std::get_if<raft::Leader>(&core_.state().role);
  if (leader == nullptr) return caught_up_.clear();
  for (const auto& [replica, progress] : leader->progress) {
    if (progress.match == core_.state().log.end()) caught_up_[replica] = clock_.wall_now();
  }
}

controller::QuorumReplica QuorumHost::describe_self() const {
  const auto now = clock_.wall_now();
  return {self().id, self().directory, core_.state().log.end(), now, now, {}};
}

controller::QuorumReplica QuorumHost::describe_other(const raft::Replica& replica) const {
  controller::QuorumReplica description{replica.id, replica.directory, Offset(0)};
  const auto& progress = std::get<raft::Leader>(core_.state().role).progress;
  const auto known = progress.find(replica);
  if (known == progress.end()) return description;
  const auto silent =
      std::chrono::duration_cast<std::chrono::milliseconds>(clock_.now() - known->second.heard);
  description.log_end = known->second.match;
  if (known->second.round > 0)
    description.last_fetch = TimestampMs(clock_.wall_now().value() - silent.count());
  if (const auto caught_up = caught_up_.find(replica); caught_up != caught_up_.end())
    description.last_caught_up = caught_up->second;
  return description;
}

controller::QuorumDescription QuorumHost::describe_quorum() const {
  controller::QuorumDescription description;
  description.leader = self().id;
  description.epoch = core_.term().value();
  description.high_watermark = core_.committed_end();
  for (const auto& voter : core_.voters())
    description.voters.push_back(voter == self() ? describe_self() : describe_other(voter));
  for (const auto& [replica, progress] : std::get<raft::Leader>(core_.state().role).progress) {
    if (!core_.voters().contains(replica)) description.observers.push_back(describe_other(replica));
  }
  if (!is_voter()) description.observers.push_back(describe_self());
  return description;
}

QuorumSample QuorumHost::sample() const {
  QuorumSample sample;
  sample.state = core_.role_name();
  sample.epoch = core_.term().value();
  if (const auto leader = core_.leader()) sample.leader = leader->id;
  sample.vote = core_.state().hard.voted_for.id;
  sample.high_watermark = core_.committed_end().value();
  sample.log_end = core_.state().log.end().value();
  sample.voters = core_.voters().size();
  if (const auto* leader = std::get_if<raft::Leader>(&core_.state().role)) {
    for (const auto& [replica, progress] : leader->progress)
      sample.observers += core_.voters().contains(replica) ? 0 : 1;
  }
  sample.elections = elections_;
  sample.leaderships = meter_.leaderships();
  sample.appended = meter_.appended();
  sample.commit_latency = meter_.commits().summary(clock_.now());
  sample.election_latency = meter_.elections().summary(clock_.now());
  return sample;
}

}  // namespace millrace::node
