#pragma once

#include <absl/functional/any_invocable.h>

#include "base/bytes.h"
#include "base/result.h"
#include "controller/metadata/command.h"
#include "controller/metadata/image.h"
#include "raft/voter_set.h"

namespace millrace::node {

/// What the metadata host asks of the quorum; all on the metadata loop. What is appended has its
/// offset at once and is committed later: MetadataHost::on_committed.
class QuorumPort {
 public:
  virtual ~QuorumPort() = default;

  /// Appends a command as the leader. Errors: those of raft::Raft::propose, and kNoSpace.
  virtual Result<Offset> propose(SharedBytes command) = 0;
  /// Appends a change of the voters. Errors: see raft/membership.h.
  virtual Result<Offset> add_voter(const raft::Replica& replica) = 0;
  virtual Result<Offset> remove_voter(const raft::Replica& replica) = 0;
  using Done = absl::AnyInvocable<void(Status) &&>;
  /// `done` comes when the entry at `offset`, which this node appended, is committed. Errors:
  /// kTimedOut when it lost the lead before: it may or may not be.
  virtual void await(Offset offset, Done done) = 0;
  /// Errors: see raft/transfer.h.
  virtual Status transfer(NodeId to) = 0;
  /// `done` comes when a majority has confirmed that this node leads now. Errors: kNotController.
  virtual void confirm_lead(Done done) = 0;
  [[nodiscard]] virtual const raft::VoterSet& voters() const = 0;
  /// Requires: this node leads.
  [[nodiscard]] virtual controller::QuorumDescription describe_quorum() const = 0;
  /// Takes a snapshot of what was applied when enough has been applied since the last one.
  virtual void snapshot_if_due(const controller::ImagePtr& image) = 0;
};

}  // namespace millrace::node
