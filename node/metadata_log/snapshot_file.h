#pragma once

#include <compare>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "controller/metadata/image.h"
#include "raft/voter_set.h"
#include "storage/file_system.h"

/// A metadata image in a file: docs/formats/metadata.md. All calls block.
namespace millrace::node {

/// Of a log without any that can be used: even one that begins at the first entry does not say by
/// itself who votes.
inline constexpr const char* kNoWholeSnapshot =
    "all snapshots are damaged, and with them who votes";

/// What the name of a snapshot says: the image ends at `end`, its last entry is of `epoch`.
/// End 0 is reserved for the snapshot that a formation writes (the voters).
struct SnapshotId {
  Offset end;
  LeaderEpoch epoch;

  /// `<20 digits of end>-<10 digits of epoch>.checkpoint`
  [[nodiscard]] std::string file_name() const;
  friend auto operator<=>(const SnapshotId&, const SnapshotId&) = default;
};

/// Those in `directory`, oldest first. Errors: kIo.
Result<std::vector<SnapshotId>> list_snapshots(storage::FileSystem& files,
                                               const std::string& directory);

struct Snapshot {
  raft::VoterSet voters;  // that hold at its end
  controller::ImagePtr image;
};

/// Durable when it returns success; a crash before leaves nothing under that name.
Status write_snapshot(storage::FileSystem& files, const std::string& directory,
                      const SnapshotId& id, const Snapshot& snapshot, TimestampMs now);

/// Errors: kCorrupt (not whole, or not what the name says), kUnsupportedVersion, kNotFound, kIo.
Result<Snapshot> read_snapshot(storage::FileSystem& files, const std::string& directory,
                               const SnapshotId& id);
/// The same from a file of any name.
Result<Snapshot> read_snapshot_file(storage::FileSystem& files, const std::string& path,
                                    const SnapshotId& id);

}  // namespace millrace::node
