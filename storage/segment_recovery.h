#pragma once

#include <optional>

#include "base/ids.h"
#include "base/result.h"
#include "storage/log.h"
#include "storage/recovery.h"
#include "storage/segment_scan.h"

namespace millrace::storage {

/// Recovery of one segment at a time; recovery.cc decides about the log as a whole.
class SegmentRecovery {
 public:
  /// Below `acked_end` every batch was promised to be there.
  SegmentRecovery(FileSystem& files, const RecoveryInput& input, Offset acked_end)
      : files_(files), input_(input), acked_end_(acked_end) {}

  /// Takes a sealed segment, of which everything was synced and checked before, at its last batch's
  /// word. False when that batch or the index files are not what they should be: read() it.
  Result<bool> trust(LogSegment& segment, Offset next_base);

  /// Reads a segment from the batch at or before `from` on: fills in its end, index and timestamps,
  /// and the epochs that begin in it. Changes no file.
  Result<ScanEnd> read(LogSegment& segment, Offset from, LeaderEpochCache& epochs);

  /// Makes sure that what read() found good is durable, with its sums and nothing beside them:
  /// everything that a log holds after recovery counts as durable.
  Status settle(const LogSegment& segment);

  /// Writes the index files of a segment that is sealed, if they are not right.
  Status save_index(LogSegment& segment);

  /// Cuts a segment after what read() found good; settle() makes that durable.
  Status cut(LogSegment& segment, const ScanEnd& end);
  /// Removes index files that reach beyond `end`.
  Status drop_stale_index(const LogSegment& segment, const ScanEnd& end);

 private:
  struct Start {
    std::uint64_t position = 0;
    Offset next_offset;
  };
  Result<std::optional<kafka::BatchHeader>> header_at(const LogSegment& segment,
                                                      std::uint64_t position) const;
  Result<Start> start_of(const LogSegment& segment, const SegmentIndex& old, Offset from) const;
  ScanEnd scan(LogSegment& segment, const SegmentIndex& old, const Start& start,
               LeaderEpochCache& epochs) const;
  Status note_first_append(LogSegment& segment) const;

  FileSystem& files_;
  const RecoveryInput& input_;
  const Offset acked_end_;
};

/// Removes a segment's files and syncs the directory.
Status remove_segment(FileSystem& files, const SegmentFiles& segment);

}  // namespace millrace::storage
