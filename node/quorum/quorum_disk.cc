#include "node/quorum/quorum_disk.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <iterator>

namespace millrace::node {
namespace {

/// After this long a full disk is looked at again.
constexpr auto kFullRetryInterval = std::chrono::milliseconds(250);
/// Committed entries read at a time.
constexpr std::size_t kCommittedBytesMax = 1 << 20;

}  // namespace

struct QuorumDisk::Timer {
  explicit Timer(boost::asio::io_context& context) : timer(context) {}
  boost::asio::steady_timer timer;
};

QuorumDisk::QuorumDisk(Loop& loop, const Clock& clock, std::unique_ptr<QuorumStore> store,
                       Exits exits)
    : loop_(loop),
      clock_(clock),
      exits_(std::move(exits)),
      store_(std::move(store)),
      timer_(std::make_unique<Timer>(loop.context())) {}

QuorumDisk::~QuorumDisk() {
  stop();
}

void QuorumDisk::start() {
  disk_.start();
}

void QuorumDisk::stop() {
  disk_.stop();
}

void QuorumDisk::save(std::vector<raft::Save> saves) {
  if (failed_) return;
  const bool was_empty = queue_.empty();
  for (auto& save : saves) {
    if (!maybe_join(save)) queue_.emplace_back(std::move(save));
  }
  if (was_empty) begin_next();
}

/// Adds it to the last of the queue, if that is a save that has not begun. The first of the queue
/// is with the disk already, if it is busy.
bool QuorumDisk::maybe_join(raft::Save& save) {
  auto* last =
      queue_.size() > (busy_ ? 1U : 0U) ? std::get_if<raft::Save>(&queue_.back()) : nullptr;
  if (last == nullptr || save.truncate_to) return false;
  last->number = save.number;
  if (save.state) last->state = save.state;
  std::move(save.entries.begin(), save.entries.end(), std::back_inserter(last->entries));
  return true;
}

void QuorumDisk::add(Job job) {
  if (failed_) return;
  queue_.push_back(std::move(job));
  // While the disk is full the first of the queue waits for the next look.
  if (!busy_ && queue_.size() == 1) begin_next();
}

/// The job stays in the queue until it is done: a full disk tries it again.
void QuorumDisk::begin_next() {
  if (queue_.empty() || failed_) return;
  busy_ = true;
  disk_.post([this, job = &queue_.front()] {
    auto outcome = carry_out(*job);
    loop_.post([this, outcome = std::move(outcome)]() mutable { end(std::move(outcome)); });
  });
}

void QuorumDisk::end(Result<Outcome> outcome) {
  busy_ = false;
  if (!outcome && outcome.error().code == ErrorCode::kNoSpace) {
    note_full(true);  // the request stays first in the queue, and with it everything behind
    return;
  }
  if (!outcome) {
    failed_ = true;
    return exits_.failed(std::move(outcome).error());
  }
  if (std::holds_alternative<Reserve>(queue_.front())) look_queued_ = false;
  queue_.pop_front();
  if (const auto* saved = std::get_if<SavedOutcome>(&*outcome)) {
    note_full(saved->full);
    if (saved->saved) exits_.done(raft::Input(*saved->saved));
  }
  if (auto* input = std::get_if<raft::Input>(&*outcome)) exits_.done(std::move(*input));
  if (auto* entries = std::get_if<std::vector<raft::Entry>>(&*outcome))
    exits_.entries(std::move(*entries));
  if (auto* installed = std::get_if<Installed>(&*outcome)) {
    exits_.installed(std::move(installed->image));
    exits_.done(raft::Input(std::move(installed->stored)));
  }
  if (auto* refused = std::get_if<Refused>(&*outcome))
    exits_.snapshot_refused(std::move(refused->error));
  if (!busy_) begin_next();
}

void QuorumDisk::note_full(bool full) {
  if (std::exchange(full_, full) == full) return;
  exits_.full(full);
  if (full) look_later();
}

/// As long as it is full: what waits first in the queue is tried again, or a look is queued behind
/// whatever keeps the disk busy.
void QuorumDisk::look_later() {
  timer_->timer.expires_after(kFullRetryInterval);
  timer_->timer.async_wait([this](const boost::system::error_code& error) {
    if (error || !full_ || failed_) return;
    if (!std::exchange(look_queued_, true)) queue_.emplace_back(Reserve{});
    if (!busy_) begin_next();
    look_later();
  });
}

// --- On the disk's thread ---

Result<QuorumDisk::Outcome> QuorumDisk::carry_out(Job& job) {
  return std::visit([this](auto& each) { return run(each); }, job);
}

Result<QuorumDisk::Outcome> QuorumDisk::run(raft::Save& save) {
  RETURN_IF_ERROR(store_->save(save, clock_.wall_now()));
  return reserve(raft::Saved{save.number});
}

Result<QuorumDisk::Outcome> QuorumDisk::run(Reserve&) {
  return reserve(std::nullopt);
}

Result<QuorumDisk::Outcome> QuorumDisk::reserve(std::optional<raft::Saved> saved) {
  const auto reserved = store_->reserve();
  if (!reserved && reserved.error().code != ErrorCode::kNoSpace) return fail(reserved.error());
  return Outcome(SavedOutcome{saved, !reserved});
}

Result<QuorumDisk::Outcome> QuorumDisk::run(raft::SaveChunk& chunk) {
  ASSIGN_OR_RETURN(auto stored, store_->save(chunk, clock_.wall_now()));
  if (!stored) return Outcome();
  if (!stored->voters) return Outcome(raft::Input(std::move(*stored)));
  return Outcome(Installed{std::move(*stored), store_->image()});
}

/// A read that fails is the follower's loss only: it is asked again.
Result<QuorumDisk::Outcome> QuorumDisk::run(EntryRead& read) {
  auto entries = store_->read(read.request.from, read.request.bytes_max);
  raft::EntriesRead result{read.request.follower, {}, read.term};
  if (entries) result.entries = std::move(*entries);
  return Outcome(raft::Input(std::move(result)));
}

Result<QuorumDisk::Outcome> QuorumDisk::run(raft::ReadChunk& read) {
  auto chunk = store_->read(read);
  if (chunk) return Outcome(raft::Input(std::move(*chunk)));
  return Outcome(
      raft::Input(raft::ChunkRead{read.follower, read.id, read.position, false, {}, false}));
}

Result<QuorumDisk::Outcome> QuorumDisk::run(CommittedRead& read) {
  ASSIGN_OR_RETURN(auto entries, store_->read(read.from, kCommittedBytesMax));
  return Outcome(std::move(entries));
}

Result<QuorumDisk::Outcome> QuorumDisk::run(SnapshotJob& job) {
  auto taken = store_->take_snapshot(job.id, job.snapshot, clock_.wall_now());
  if (taken) return Outcome(raft::Input(*taken));
  if (taken.error().code != ErrorCode::kNoSpace) return fail(std::move(taken).error());
  return Outcome(Refused{std::move(taken).error()});
}

}  // namespace millrace::node
