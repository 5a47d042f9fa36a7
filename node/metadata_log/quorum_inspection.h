#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "node/metadata_log/quorum_state.h"
#include "node/metadata_log/snapshot_file.h"
#include "raft/types.h"
#include "storage/file_system.h"

/// The metadata log of a node that does not run, or of a copy, as it lies on disk. Reads and never
/// writes: QuorumStore mends what a crash left, which an operator who looks must not do. All calls
/// block. A node that runs appends meanwhile, so what is seen of it may end anywhere.
namespace millrace::node {

struct QuorumDamage {
  std::string file;
  std::optional<std::uint64_t> position;  // of the first bad byte's batch
  std::string what;
  /// Whether a node refuses to start with it; it can do without one snapshot of several.
  bool fatal = true;

  /// One sentence, without a full stop.
  [[nodiscard]] std::string describe() const;
};

struct InspectedSnapshot {
  SnapshotId id;
  Result<Snapshot> content;  // an error: it is damaged, or of a later release
};

struct InspectedEntry {
  raft::Entry entry;
  TimestampMs timestamp;
  const std::string& file;
  std::uint64_t position;  // of its batch
};
using OnInspectedEntry = std::function<void(const InspectedEntry&)>;

struct InspectedLog {
  Offset start{0};
  Offset end{0};
  raft::Term last_term{0};
  /// The newest voter set in it, and the offset after its entry.
  std::optional<raft::VoterSet> voters;
  Offset voters_end{0};
  /// A beginning of entries that were never acknowledged; the next start cuts them off.
  std::uint64_t unfinished_bytes = 0;
  std::optional<QuorumDamage> damage;
};

struct QuorumInspection {
  std::optional<QuorumState::Content> state;  // nothing: it never ran
  std::vector<InspectedSnapshot> snapshots;   // oldest first
  InspectedLog log;
  Offset end{0};          // of the log, or of a snapshot that a crash kept from taking its place
  raft::VoterSet voters;  // that hold at the end; empty: none are known
  std::vector<QuorumDamage> damage;

  /// The first fatal one; null when a node would start.
  [[nodiscard]] const QuorumDamage* fatal_damage() const;
};

/// Errors: kIo. A directory without a metadata log has no snapshots.
Result<std::vector<InspectedSnapshot>> inspect_snapshots(storage::FileSystem& files,
                                                         const std::string& log_dir);

/// Walks the entries up to the first that is damaged. Below `durable_end` what is missing is
/// damage, above it was never acknowledged. Errors: kIo.
Result<InspectedLog> inspect_log(storage::FileSystem& files, const std::string& log_dir,
                                 std::optional<Offset> durable_end,
                                 const OnInspectedEntry& on_entry);

/// All of it, judged together as QuorumStore would at a start. Errors: kIo.
Result<QuorumInspection> inspect_quorum(storage::FileSystem& files, const std::string& log_dir,
                                        const OnInspectedEntry& on_entry = {});

}  // namespace millrace::node
