#pragma once

#include <absl/functional/any_invocable.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "controller/metadata/command.h"
#include "node/http/node_metrics.h"
#include "node/metadata/quorum_port.h"
#include "node/quorum/commit_feed.h"
#include "node/quorum/quorum_disk.h"
#include "node/quorum/quorum_meter.h"
#include "raft/raft.h"

namespace millrace::node {

/// Runs the consensus core of this node: gives it time, messages and what its disk says, carries
/// out what it wants, and hands committed entries to the state machine.
///
/// Owner: the assembly. Lives on the metadata loop, the constructor aside; the controller shares
/// the loop, so that what it proposes and what the quorum appends of its own come in one order.
class QuorumHost final : public QuorumPort {
 public:
  /// Called on the loop, and may call back into the host but for start() and stop().
  struct Exits {
    absl::AnyInvocable<void(raft::Message)> send;
    /// To apply, in order.
    absl::AnyInvocable<void(std::vector<raft::Entry>)> committed;
    /// Takes the place of all that was applied.
    absl::AnyInvocable<void(controller::ImagePtr)> installed;
    /// This node leads in that term, all that is in its log is applied, and entries come only from
    /// propose() and the changes of voters from now on.
    absl::AnyInvocable<void(raft::Term)> leads;
    /// It does not lead any more; called before anything else is committed.
    absl::AnyInvocable<void()> resigned;
    /// Who leads, as far as is known here, has changed.
    absl::AnyInvocable<void(std::optional<NodeId>)> leader_changed;
    /// The disk is out of use: this node takes no part any more.
    absl::AnyInvocable<void(Error)> failed;
  };

  QuorumHost(Loop& loop, const Clock& clock, raft::Config config,
             std::unique_ptr<QuorumStore> store, std::uint64_t seed);
  ~QuorumHost() override;

  void start(Exits exits);
  /// From the owner's thread, when the loop has ended or not begun.
  void stop_disk();

  void receive(const raft::Message& message);
  /// This replica is there and may know who leads. It is asked again as long as nobody leads, as
  /// far as is known here: it may learn of a leader later.
  void on_contact(const raft::Replica& replica);

  Result<Offset> propose(SharedBytes command) override;
  Result<Offset> add_voter(const raft::Replica& replica) override;
  Result<Offset> remove_voter(const raft::Replica& replica) override;
  void await(Offset offset, Done done) override;
  Status transfer(NodeId to) override;
  /// Hands the lead to whichever other voter is furthest. False when there is nothing to hand over,
  /// or nobody to take it.
  bool hand_over();
  void confirm_lead(Done done) override;
  void snapshot_if_due(const controller::ImagePtr& image) override;

  /// What the state machine begins with; only before start().
  [[nodiscard]] const controller::ImagePtr& first_image() const { return first_image_; }
  [[nodiscard]] const raft::Raft& core() const { return core_; }
  [[nodiscard]] const raft::Replica& self() const { return core_.state().config.self; }
  [[nodiscard]] bool is_voter() const { return core_.voters().contains(self()); }
  [[nodiscard]] const raft::VoterSet& voters() const override { return core_.voters(); }
  [[nodiscard]] controller::QuorumDescription describe_quorum() const override;
  [[nodiscard]] QuorumSample sample() const;
  [[nodiscard]] std::string describe() const { return core_.describe(); }

 private:
  struct Timer;
  struct Waiting {
    Offset offset;
    raft::Term term;
    Done done;
  };

  void step(const raft::Input& input);
  void tick();
  void settle();
  void settle_later();
  void note_caught_up();
  void look_for_leader();
  void introduce(const raft::Replica& replica);
  void carry_out(raft::Output output);
  void answer_reads(const raft::Output& output);
  void note_role();
  void note_leader();
  void apply();
  void deliver(std::vector<raft::Entry> entries);
  void measure();
  void answer_changes();
  [[nodiscard]] controller::QuorumReplica describe_self() const;
  [[nodiscard]] controller::QuorumReplica describe_other(const raft::Replica& replica) const;

  Loop& loop_;
  const Clock& clock_;
  Exits exits_;
  controller::ImagePtr first_image_;
  raft::Raft core_;
  CommitFeed feed_;
  QuorumDisk disk_;
  std::unique_ptr<Timer> timer_;

  std::optional<raft::Term> leading_;  // told leads() in this term
  std::optional<NodeId> leader_;       // told last
  bool reading_ = false;               // committed entries, from disk
  bool settle_scheduled_ = false;
  bool disk_full_ = false;
  bool snapshotting_ = false;
  std::size_t applied_bytes_ = 0;  // since the last snapshot
  std::uint64_t elections_ = 0;
  QuorumMeter meter_;
  std::uint64_t last_token_ = 0;
  std::map<std::uint64_t, Done> reads_;
  std::vector<Waiting> changes_;
  std::map<raft::Replica, TimestampMs> caught_up_;  // when, last; of a leader
  std::map<NodeId, raft::Replica> contacts_;        // the last that each node was
  MonotonicTime next_look_;                         // for a leader, at all of them
};

}  // namespace millrace::node
