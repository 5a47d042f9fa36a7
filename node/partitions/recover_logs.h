#pragma once

#include <absl/functional/any_invocable.h>

#include <memory>
#include <string>
#include <vector>

#include "node/loops/io_pool.h"
#include "storage/directory_writer.h"
#include "storage/log.h"
#include "storage/recovery.h"

namespace millrace::node {

/// A partition's directory to open.
struct LogToRecover {
  std::string topic;
  storage::RecoveryInput input;
};

/// An open log on its way to its shard, and what its directory's writer has to know of it.
struct RecoveredLog {
  storage::OpenLog open;
  std::unique_ptr<storage::Log> log;
};

/// Recovers all of them side by side on the pool; the caller helps and waits. `progress` is called
/// with the number done so far, from any thread, one call at a time. Errors: the first that
/// occurred; a damaged log is not an error.
Result<std::vector<RecoveredLog>> recover_logs(storage::FileSystem& files, IoPool& pool,
                                               std::vector<LogToRecover> logs,
                                               absl::AnyInvocable<void(std::size_t done)> progress);

}  // namespace millrace::node
