#pragma once

#include <optional>
#include <string>

#include "base/ids.h"
#include "base/result.h"
#include "raft/voter_set.h"
#include "storage/file_system.h"
#include "storage/log_directory.h"

/// A node's disk is made by an explicit act, as in KIP-853: a node that made itself one on an empty
/// disk could, with another one like it, be a majority that knows nothing and outvote the survivor
/// who knows everything.
namespace millrace::node {

struct Formation {
  storage::DirectoryIdentity identity;
  /// The voters of the new quorum, this directory among them; nothing: this node joins a quorum
  /// that others form, and votes when they make it a voter.
  std::optional<raft::VoterSet> voters;
};

/// Makes `log_dir` the disk of a node of a new cluster. All or nothing: meta.properties is written
/// last, so a crash leaves a directory that is not formatted, and forming it again clears away what
/// the crash left of the quorum. Blocks; keeps other processes out meanwhile.
///
/// Errors: kAlreadyExists (formatted), kInvalidArgument (it holds something else, or a quorum that
/// has run), kLocked, kNotFound (no parent), kIo, kNoSpace; nothing was formatted then.
Status form(storage::FileSystem& files, const std::string& log_dir, const Formation& formation,
            TimestampMs now);

/// Whether a formatted directory still has the place for its votes, which form() made: a replica
/// that lost it would vote a second time in the same term. Errors: kCorrupt with one sentence.
Status check_formed(storage::FileSystem& files, const std::string& log_dir);

}  // namespace millrace::node
