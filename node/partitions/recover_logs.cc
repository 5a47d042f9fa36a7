#include "node/partitions/recover_logs.h"

#include "node/log/log.h"
#include "node/writer/run_all.h"

namespace millrace::node {
namespace {

void report_damage(const storage::Log& log, const std::string& topic) {
  if (!log.damage()) return;
  log_error("a partition is damaged: it refuses writes and serves what lies below",
            {{"topic", topic},
             {"partition", log.id().partition.value()},
             {"file", log.damage()->file},
             {"position", log.damage()->position},
             {"what", log.damage()->what}});
}

Result<RecoveredLog> recover_one(storage::FileSystem& files, const LogToRecover& each) {
  auto state = storage::recover_log(files, each.input);
  if (!state) return fail_in(each.input.directory, state.error());
  auto log = std::make_unique<storage::Log>(std::move(*state), each.input.config);
  report_damage(*log, each.topic);
  storage::OpenLog open{each.input.id, each.topic, each.input.directory, log->durable_end(),
                        log->log_start()};
  return RecoveredLog{std::move(open), std::move(log)};
}

/// What the tasks write to; the mutex also puts the progress calls in a row.
struct Shared {
  Mutex mutex;  // guards all below
  absl::AnyInvocable<void(std::size_t)> progress ABSL_GUARDED_BY(mutex);
  std::vector<RecoveredLog> done ABSL_GUARDED_BY(mutex);
  std::optional<Error> error ABSL_GUARDED_BY(mutex);

  bool has_failed() {
    const MutexLock lock(mutex);
    return error.has_value();
  }
  void take(Result<RecoveredLog> recovered) {
    const MutexLock lock(mutex);
    if (!recovered) {
      if (!error) error = recovered.error();
      return;
    }
    done.push_back(std::move(*recovered));
    progress(done.size());
  }
};

}  // namespace

Result<std::vector<RecoveredLog>> recover_logs(
    storage::FileSystem& files, IoPool& pool, std::vector<LogToRecover> logs,
    absl::AnyInvocable<void(std::size_t done)> progress) {
  Shared shared;
  {
    const MutexLock lock(shared.mutex);
    shared.progress = std::move(progress);
    shared.done.reserve(logs.size());
  }
  std::vector<Task> tasks;
  tasks.reserve(logs.size());
  for (const auto& each : logs) {
    tasks.push_back([&files, &each, &shared] {
      if (!shared.has_failed()) shared.take(recover_one(files, each));
    });
  }
  run_all_on(pool)(std::move(tasks));
  const MutexLock lock(shared.mutex);
  if (shared.error) return fail(*shared.error);
  return std::move(shared.done);
}

}  // namespace millrace::node
