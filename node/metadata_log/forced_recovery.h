#pragma once

#include <string>

#include "base/ids.h"
#include "base/result.h"
#include "raft/types.h"
#include "storage/file_system.h"

/// The last resort when a majority of the voters lost their disks: docs/operations/recovery.md.
namespace millrace::node {

/// How far the term jumps. The lost majority may have held elections, and written entries in their
/// terms, that this disk never saw; a term may name one history only (Log Matching), so the new one
/// must lie above all that they can have used.
inline constexpr std::int32_t kForcedTermStep = 1'000'000;

struct ForcedRecovery {
  raft::Replica self;
  raft::VoterSet voters_before;
  raft::Term term;     // of the entry that was written
  Offset offset{0};    // of it: all entries below are kept, committed or not
  std::string backup;  // a copy of the metadata log's directory as it was
};

/// Appends an entry, in a new term, that makes this directory's replica the only voter: on its next
/// start the node forms the quorum alone, with what its log holds. Committed changes that only the
/// lost voters had are lost. A crash leaves the log as it was, or recovered; then running it again
/// says kAlreadyExists. Blocks; keeps other processes out meanwhile.
///
/// Errors: kNotFound (not formatted), kLocked, kInvalidArgument (no quorum was ever known here),
/// kAlreadyExists (the replica is the only voter already), kCorrupt (the log or what leads up to it
/// is damaged), kLimitReached (no term is left), kIo, kNoSpace. But for the last two nothing
/// was touched.
Result<ForcedRecovery> recover_quorum(storage::FileSystem& files, const std::string& log_dir,
                                      TimestampMs now);

}  // namespace millrace::node
