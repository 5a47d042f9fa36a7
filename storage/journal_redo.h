#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/ids.h"
#include "base/result.h"
#include "storage/file_system.h"
#include "storage/journal.h"
#include "storage/steps.h"

namespace millrace::storage {

/// What the journal says of one log after it was redone.
struct RedoneLog {
  std::optional<Offset> recorded_end;
  std::optional<Offset> log_start;
};

/// Brings the segments and sum files of a directory up to what the journal recorded, and syncs
/// them. `directories` names the partitions that exist; records of others are of deleted partitions
/// and are passed over. Can be interrupted and run again: it writes the same bytes to the same
/// places. Logs are independent of each other, and `run_all` may redo them at once. Errors: kIo,
/// kNoSpace.
Result<std::map<TopicPartitionId, RedoneLog>> redo_journal(
    FileSystem& files, const std::vector<JournalRecord>& records,
    const std::map<TopicPartitionId, std::string>& directories,
    const RunAll& run_all = run_in_order);

}  // namespace millrace::storage
