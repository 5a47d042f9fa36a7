#pragma once

#include <absl/functional/any_invocable.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "node/loops/io_pool.h"
#include "storage/directory_writer.h"

namespace millrace::node {

/// The thread of one log directory. It takes all operations that have gathered, lets the
/// DirectoryWriter write them, begins a commit round whose syncs run on the I/O pool, and goes on
/// writing meanwhile. Events go out in one batch per turn.
///
/// Owner: the assembly. Any thread may call submit(), post() and counters(); operations of one
/// caller are carried out in the order of its calls.
class WriterThread {
 public:
  /// Gets what happened, on the writer thread.
  using Deliver = absl::AnyInvocable<void(std::vector<storage::WriterEvent>)>;
  using WriterTask = absl::AnyInvocable<void(storage::DirectoryWriter&) &&>;

  WriterThread(std::string name, std::unique_ptr<storage::DirectoryWriter> writer, IoPool& pool,
               Deliver deliver);
  ~WriterThread();
  WriterThread(const WriterThread&) = delete;
  WriterThread& operator=(const WriterThread&) = delete;

  void start();
  void submit(std::vector<storage::WriteOp> ops);
  /// Runs on the writer thread, in order with the caller's operations.
  void post(WriterTask task);
  /// The same, once neither a round nor a checkpoint is out: for what takes files away that these
  /// may still sync. Order is kept among such tasks, and they come after what was posted before.
  void post_quiet(WriterTask task);
  /// Carries out and commits everything submitted so far, writes a last checkpoint and ends the
  /// thread. Blocks. False when the directory is fenced. Idempotent.
  bool finish();

  [[nodiscard]] storage::WriterCounters counters() const;

 private:
  struct Inbox {
    std::vector<WriterTask> tasks;
    std::vector<WriterTask> quiet_tasks;
    bool finishing = false;
  };

  void run();
  void run_tasks(std::vector<WriterTask> tasks);
  Inbox wait_for_work();
  void begin_round();
  void work_on_checkpoint(bool last);
  void begin_checkpoint();
  [[nodiscard]] bool is_quiet() const { return !round_out_ && !checkpoint_out_; }
  void deliver_events();
  void add(WriterTask task, std::vector<WriterTask> Inbox::* list);

  const std::string name_;
  const std::unique_ptr<storage::DirectoryWriter> writer_;  // only on the thread, once started
  IoPool& pool_;
  Deliver deliver_;
  storage::RunAll run_all_;
  storage::RunAll run_all_in_background_;
  std::thread thread_;
  // Only on the thread:
  std::vector<WriterTask> quiet_tasks_;
  bool round_out_ = false;
  bool checkpoint_out_ = false;
  std::unique_ptr<storage::Checkpoint> checkpoint_done_;  // waits until no round is out
  bool last_checkpoint_begun_ = false;
  std::chrono::steady_clock::time_point last_checkpoint_ = std::chrono::steady_clock::now();
  std::uint64_t checkpointed_bytes_ = 0;

  mutable Mutex mutex_;  // guards inbox_ and counters_
  CondVar wake_;
  Inbox inbox_ ABSL_GUARDED_BY(mutex_);
  storage::WriterCounters counters_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace millrace::node
