#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include "base/random.h"
#include "controller/metadata/image.h"
#include "node/metadata_log/quorum_store.h"
#include "raft/raft.h"
#include "tests/support/quorum/replica_disk.h"
#include "tests/support/sim_file_system.h"

namespace millrace::sim {

/// The disk of one replica as it really is: node/metadata_log on a simulated file system, beside a
/// model of what has to be on it. Requests are carried out one after the other, when complete_one
/// says so; a power cut hits in the middle of one, at any call to the file system, and what is
/// found afterwards has to be what the model allows.
class StoredDisk {
 public:
  /// Formatted with `voters`; with none it is empty, as that of a replica that only joins.
  StoredDisk(std::uint64_t seed, const raft::VoterSet& voters, std::size_t chunk_bytes);

  void submit(raft::Save save) { queue_.emplace_back(std::move(save)); }
  void submit(raft::SaveChunk chunk) { queue_.emplace_back(std::move(chunk)); }
  [[nodiscard]] bool idle() const { return queue_.empty(); }
  [[nodiscard]] std::size_t queued() const { return queue_.size(); }

  /// Makes the oldest request durable. What the core is to be told, if anything. Requires: !idle().
  std::optional<raft::Input> complete_one();

  /// The process ends: so many requests are finished all the same, then power is cut.
  void power_cut(std::size_t finished);
  /// What a core finds that starts now. Compares it with what has to be there.
  raft::Found open();

  [[nodiscard]] raft::EntriesRead read(const raft::ReadEntries& request, raft::Term term);
  [[nodiscard]] raft::ChunkRead read(raft::ReadChunk request);
  /// Entries from `from` on, to apply them.
  [[nodiscard]] std::vector<raft::Entry> read_committed(Offset from);
  raft::SnapshotTaken take_snapshot(raft::LogPosition id, const raft::VoterSet& voters,
                                    const controller::ImagePtr& image);

  /// What has to be on it.
  [[nodiscard]] const ReplicaDisk& model() const { return model_; }
  /// The state machine of the newest snapshot.
  [[nodiscard]] const controller::ImagePtr& image() const { return store_->image(); }

 private:
  using Request = std::variant<raft::Save, raft::SaveChunk>;

  void carry_out_half(const Request& request);
  void adopt();

  std::unique_ptr<SimFileSystem> files_;
  Random random_;
  std::unique_ptr<node::QuorumStore> store_;
  ReplicaDisk model_;
  std::deque<Request> queue_;
  std::optional<Request> torn_;  // a power cut came in the middle of it
  std::size_t chunk_bytes_;
};

}  // namespace millrace::sim
