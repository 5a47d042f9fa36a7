#pragma once

#include <optional>
#include <string>

#include "base/ids.h"
#include "base/result.h"
#include "storage/log.h"
#include "storage/log_config.h"

namespace millrace::storage {

/// What is known about a partition before its directory is opened.
struct RecoveryInput {
  TopicPartitionId id;
  std::string directory;
  LogConfig config;
  /// Everything below was synced and checked before: only what lies above is read. Not set: all of
  /// it.
  std::optional<Offset> recovery_point;
  /// The last end that a commit round recorded in the journal: a bad batch below it is damage, at
  /// or above it a torn write. Not set: nothing was recorded, so nothing was acked as durable.
  std::optional<Offset> recorded_end;
  /// The recorded log start. Not set: 0.
  std::optional<Offset> log_start;
  TimestampMs now;  // when remembered producers are taken to have been seen last
};

/// Opens a partition's directory after the journal was redone; creates its first segment if there
/// is none. Blocks; called on the I/O pool before the log has an owner.
///
/// Keeps a prefix that contains everything acked, and makes all of it durable: torn bytes at the
/// end are cut, damage below the recorded end (or the recovery point) is reported in
/// LogState::damage and nothing is touched. Below the recorded end a missing checksum or a missing
/// file is damage too. Index files are rebuilt from the segment where they are missing or wrong.
/// Files it does not know are left alone. May be interrupted at any point and run again. Errors:
/// kIo (also when what nothing vouches for cannot be read), kNoSpace, kPermission.
Result<LogState> recover_log(FileSystem& files, const RecoveryInput& input);

}  // namespace millrace::storage
