#include "node/writer/writer_thread.h"

#include <chrono>

#include "node/loops/threads.h"
#include "node/writer/run_all.h"

namespace millrace::node {
namespace {

/// A directory that was written to gets a checkpoint at least this often, so that recovery after a
/// crash has little to read.
constexpr std::chrono::milliseconds kCheckpointInterval = std::chrono::seconds(60);
/// Between the beginnings of two checkpoints: one that fails for lack of space must not spin.
constexpr auto kCheckpointPause = std::chrono::milliseconds(20);

}  // namespace

WriterThread::WriterThread(std::string name, std::unique_ptr<storage::DirectoryWriter> writer,
                           IoPool& pool, Deliver deliver)
    : name_(std::move(name)),
      writer_(std::move(writer)),
      pool_(pool),
      deliver_(std::move(deliver)),
      run_all_(run_all_on(pool)),
      run_all_in_background_(run_all_in_background_on(pool)) {}

WriterThread::~WriterThread() {
  finish();
}

void WriterThread::start() {
  thread_ = std::thread([this] { run(); });
}

void WriterThread::submit(std::vector<storage::WriteOp> ops) {
  post([ops = std::move(ops)](storage::DirectoryWriter& writer) mutable {
    for (auto& op : ops) writer.submit(std::move(op));
  });
}

void WriterThread::post(WriterTask task) {
  add(std::move(task), &Inbox::tasks);
}

void WriterThread::post_quiet(WriterTask task) {
  add(std::move(task), &Inbox::quiet_tasks);
}

void WriterThread::add(WriterTask task, std::vector<WriterTask> Inbox::* list) {
  {
    const MutexLock lock(mutex_);
    (inbox_.*list).push_back(std::move(task));
    // It has been woken for the first one.
    if (inbox_.tasks.size() + inbox_.quiet_tasks.size() > 1) return;
  }
  wake_.notify_one();
}

void WriterThread::run() {
  name_this_thread(name_);
  block_signals();
  while (true) {
    auto inbox = wait_for_work();
    std::move(inbox.quiet_tasks.begin(), inbox.quiet_tasks.end(), std::back_inserter(quiet_tasks_));
    const bool may_end =
        inbox.finishing && inbox.tasks.empty() && quiet_tasks_.empty() && is_quiet();
    run_tasks(std::move(inbox.tasks));
    if (!round_out_) {
      // The journal is the round's while one is out, so everything that looks at it comes first.
      work_on_checkpoint(may_end);
      begin_round();
      // A round that finds the journal full asks for a checkpoint.
      if (!round_out_) work_on_checkpoint(false);
    }
    deliver_events();
    if (may_end && last_checkpoint_begun_ && is_quiet()) return;
    if (may_end) last_checkpoint_begun_ = true;
  }
}

void WriterThread::run_tasks(std::vector<WriterTask> tasks) {
  for (auto& task : tasks) {
    std::move(task)(*writer_);
    deliver_events();
  }
}

/// Returns when there are tasks, when it is time to end, or after a while.
WriterThread::Inbox WriterThread::wait_for_work() {
  const MutexLock lock(mutex_);
  counters_ = writer_->counters();
  if (inbox_.tasks.empty() && inbox_.quiet_tasks.empty() && !(inbox_.finishing && is_quiet())) {
    const bool soon = !round_out_ && !checkpoint_out_ && writer_->wants_checkpoint();
    wake_.wait_for(mutex_, soon ? kCheckpointPause : kCheckpointInterval);
  }
  Inbox taken;
  taken.finishing = inbox_.finishing;
  std::swap(taken.tasks, inbox_.tasks);
  std::swap(taken.quiet_tasks, inbox_.quiet_tasks);
  return taken;
}

void WriterThread::begin_round() {
  auto round = writer_->start_round();
  if (!round) return;
  round_out_ = true;
  pool_.post([this, round = std::move(round)]() mutable {
    round->run(run_all_);
    post([this, round = std::move(round)](storage::DirectoryWriter& writer) mutable {
      round_out_ = false;
      writer.finish_round(std::move(round));
    });
  });
}

void WriterThread::work_on_checkpoint(bool last) {
  if (checkpoint_done_) {
    writer_->finish_checkpoint(std::move(checkpoint_done_));
    checkpoint_out_ = false;
  }
  if (checkpoint_out_) return;
  run_tasks(std::exchange(quiet_tasks_, {}));
  const auto since = std::chrono::steady_clock::now() - last_checkpoint_;
  const bool wanted = writer_->wants_checkpoint() && since >= kCheckpointPause;
  const bool due =
      writer_->counters().bytes_written != checkpointed_bytes_ && since >= kCheckpointInterval;
  if (wanted || due || (last && !last_checkpoint_begun_)) begin_checkpoint();
}

void WriterThread::begin_checkpoint() {
  auto checkpoint = writer_->start_checkpoint();
  if (!checkpoint) return;
  checkpoint_out_ = true;
  last_checkpoint_ = std::chrono::steady_clock::now();
  checkpointed_bytes_ = writer_->counters().bytes_written;
  pool_.post_background([this, checkpoint = std::move(checkpoint)]() mutable {
    checkpoint->run(run_all_in_background_);
    post([this, checkpoint = std::move(checkpoint)](storage::DirectoryWriter&) mutable {
      checkpoint_done_ = std::move(checkpoint);
    });
  });
}

void WriterThread::deliver_events() {
  auto events = writer_->take_events();
  if (!events.empty()) deliver_(std::move(events));
}

bool WriterThread::finish() {
  if (thread_.joinable()) {
    {
      const MutexLock lock(mutex_);
      inbox_.finishing = true;
    }
    wake_.notify_one();
    thread_.join();
  }
  return !writer_->fenced().has_value();
}

storage::WriterCounters WriterThread::counters() const {
  const MutexLock lock(mutex_);
  return counters_;
}

}  // namespace millrace::node
