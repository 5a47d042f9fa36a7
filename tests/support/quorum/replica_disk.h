#pragma once

#include <deque>
#include <map>
#include <optional>
#include <vector>

#include "base/random.h"
#include "raft/raft.h"

namespace millrace::sim {

/// The disk of one replica of the quorum, in memory: carries out what the core asks for one after
/// the other, and forgets at a power cut what it had not finished. For stories and for the
/// explorer; a value, so both can be copied.
class ReplicaDisk {
 public:
  /// An empty disk; `voters` as a formation writes them, none for a replica that only joins.
  explicit ReplicaDisk(raft::VoterSet voters = {}, std::size_t chunk_bytes = 16);

  void submit(raft::Save save) { queue_.emplace_back(std::move(save)); }
  void submit(raft::SaveChunk chunk) { queue_.emplace_back(std::move(chunk)); }
  [[nodiscard]] bool idle() const { return queue_.empty(); }
  [[nodiscard]] std::size_t queued() const { return queue_.size(); }

  /// Makes the oldest request durable. What the core is to be told, if anything. Requires: !idle().
  std::optional<raft::Input> complete_one();

  /// What a core finds that starts now: what is durable.
  [[nodiscard]] raft::Found found() const;

  /// Power is cut: of what waits, the first `finished` requests are durable all the same, and of
  /// the one after them so many entries as `torn` says, as far as it has them.
  void power_cut(std::size_t finished = 0, std::size_t torn = 0);

  [[nodiscard]] raft::EntriesRead read(const raft::ReadEntries& request, raft::Term term) const;
  [[nodiscard]] raft::ChunkRead read(const raft::ReadChunk& request) const;

  /// Writes a snapshot and drops the log before it. Requires: durable up to id.end.
  void take_snapshot(raft::LogPosition id, const raft::VoterSet& voters, ByteView state);

  /// A snapshot from elsewhere took the place of everything.
  void install(raft::LogPosition id, const raft::VoterSet& voters);
  /// What was found on a disk that this one is the model of; `entries` are all from start() on.
  void adopt(const raft::HardState& hard, std::vector<raft::Entry> entries);

  [[nodiscard]] const raft::HardState& hard() const { return hard_; }
  [[nodiscard]] const std::deque<raft::Entry>& entries() const { return entries_; }
  [[nodiscard]] Offset end() const;
  [[nodiscard]] raft::LogPosition start() const { return start_; }
  /// What the state machine was when the newest snapshot was made.
  [[nodiscard]] std::vector<std::uint8_t> snapshot_state() const;
  [[nodiscard]] std::optional<raft::LogPosition> snapshot() const { return snapshot_; }

 private:
  void carry_out(const raft::Save& save);
  std::optional<raft::Input> carry_out(const raft::SaveChunk& chunk);

  raft::HardState hard_;
  raft::LogPosition start_{raft::Term(0), Offset(0)};
  raft::VoterSet start_voters_;
  std::deque<raft::Entry> entries_;
  std::optional<raft::LogPosition> snapshot_;
  std::vector<std::uint8_t> snapshot_file_;
  std::vector<std::uint8_t> incoming_;
  std::deque<std::variant<raft::Save, raft::SaveChunk>> queue_;
  std::size_t chunk_bytes_;
};

}  // namespace millrace::sim
