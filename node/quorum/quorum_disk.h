#pragma once

#include <absl/functional/any_invocable.h>

#include <deque>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "node/loops/loop.h"
#include "node/metadata_log/quorum_store.h"

namespace millrace::node {

/// Carries out what the quorum's core asks of its disk, on a thread of its own, one request after
/// the other: heartbeats never wait for a disk. Saves that gathered meanwhile become one, so that
/// they share their syncs.
///
/// Owner: the quorum's host, on whose loop it lives. The store belongs to the disk's thread from
/// start() on.
class QuorumDisk {
 public:
  /// Called on the host's loop, in the order of the requests.
  struct Exits {
    /// What the core is to be told.
    absl::AnyInvocable<void(raft::Input)> done;
    /// What read_committed() asked for.
    absl::AnyInvocable<void(std::vector<raft::Entry>)> entries;
    /// A snapshot from the leader took the place of everything; before `done` says so.
    absl::AnyInvocable<void(controller::ImagePtr)> installed;
    /// A snapshot could not be written for lack of space: nothing happened.
    absl::AnyInvocable<void(Error)> snapshot_refused;
    /// There is no space for further entries; looked at again until there is. Told once, and when
    /// it is over.
    absl::AnyInvocable<void(bool)> full;
    /// Nothing is known of the disk any more; nothing is called after this.
    absl::AnyInvocable<void(Error)> failed;
  };

  QuorumDisk(Loop& loop, const Clock& clock, std::unique_ptr<QuorumStore> store, Exits exits);
  ~QuorumDisk();

  void start();
  /// Ends the request that is running, forgets the others. From the owner's thread, after the loop.
  void stop();

  /// What the core asked for in one step, in order.
  void save(std::vector<raft::Save> saves);
  void save(raft::SaveChunk chunk) { add(std::move(chunk)); }
  /// For a follower of the leader of `term`, which this replica is.
  void read(raft::ReadEntries request, raft::Term term) { add(EntryRead{request, term}); }
  void read(raft::ReadChunk request) { add(request); }
  /// Entries from `from` on, to apply them.
  void read_committed(Offset from) { add(CommittedRead{from}); }
  /// Writes a snapshot and drops the log before the one before it.
  void take_snapshot(const SnapshotId& id, Snapshot snapshot) {
    add(SnapshotJob{id, std::move(snapshot)});
  }

 private:
  struct EntryRead {
    raft::ReadEntries request;
    raft::Term term;
  };
  struct CommittedRead {
    Offset from;
  };
  struct SnapshotJob {
    SnapshotId id;
    Snapshot snapshot;
  };
  /// Looks whether there is space again.
  struct Reserve {};
  using Job = std::variant<raft::Save, raft::SaveChunk, EntryRead, raft::ReadChunk, CommittedRead,
                           SnapshotJob, Reserve>;
  struct SavedOutcome {
    std::optional<raft::Saved> saved;
    bool full = false;
  };
  struct Installed {
    raft::SnapshotStored stored;
    controller::ImagePtr image;
  };
  struct Refused {
    Error error;
  };
  using Outcome = std::variant<std::monostate, SavedOutcome, raft::Input, std::vector<raft::Entry>,
                               Installed, Refused>;

  void add(Job job);
  bool maybe_join(raft::Save& save);
  void begin_next();
  void end(Result<Outcome> outcome);
  void note_full(bool full);
  void look_later();

  // On the disk's thread.
  Result<Outcome> carry_out(Job& job);
  Result<Outcome> run(raft::Save& save);
  Result<Outcome> run(raft::SaveChunk& chunk);
  Result<Outcome> run(EntryRead& read);
  Result<Outcome> run(raft::ReadChunk& read);
  Result<Outcome> run(CommittedRead& read);
  Result<Outcome> run(SnapshotJob& job);
  Result<Outcome> run(Reserve&);
  Result<Outcome> reserve(std::optional<raft::Saved> saved);

  struct Timer;

  Loop& loop_;
  const Clock& clock_;
  Exits exits_;
  Loop disk_{"quorum-disk"};
  std::unique_ptr<QuorumStore> store_;
  std::deque<Job> queue_;  // the first is running while busy_
  bool busy_ = false;
  bool full_ = false;
  bool look_queued_ = false;
  bool failed_ = false;
  std::unique_ptr<Timer> timer_;
};

}  // namespace millrace::node
