#pragma once

#include <compare>
#include <string>
#include <vector>

#include "base/ids.h"

namespace millrace::raft {

/// One copy of the log for ever: a node on one directory. A node that comes back with an empty disk
/// has another directory id and is another replica: it never votes for the one that it was
/// (KIP-853).
struct Replica {
  NodeId id = kNoNode;
  DirectoryId directory;

  friend auto operator<=>(const Replica&, const Replica&) = default;
  friend bool operator==(const Replica&, const Replica&) = default;
};
inline constexpr Replica kNobody{};

std::string describe(const Replica& replica);

/// Who decides. A value; sorted, each node id once. Empty: nobody may, and nobody campaigns.
class VoterSet {
 public:
  VoterSet() = default;
  /// Requires: no node id twice.
  explicit VoterSet(std::vector<Replica> voters);

  [[nodiscard]] bool contains(const Replica& replica) const;
  [[nodiscard]] bool contains(NodeId id) const;
  /// Voters that together decide: any two majorities have one in common.
  [[nodiscard]] std::size_t majority() const { return voters_.size() / 2 + 1; }
  [[nodiscard]] std::size_t size() const { return voters_.size(); }
  [[nodiscard]] bool empty() const { return voters_.empty(); }
  [[nodiscard]] auto begin() const { return voters_.begin(); }
  [[nodiscard]] auto end() const { return voters_.end(); }

  /// Requires: its node is not there yet.
  [[nodiscard]] VoterSet with(const Replica& replica) const;
  /// Requires: contains(replica).
  [[nodiscard]] VoterSet without(const Replica& replica) const;

  friend bool operator==(const VoterSet&, const VoterSet&) = default;

 private:
  std::vector<Replica> voters_;
};

/// Whether at most one voter came or went: then any majority of one has a voter in common with any
/// majority of the other (Ongaro's thesis, 4.1).
bool overlap(const VoterSet& a, const VoterSet& b);

std::string describe(const VoterSet& voters);

}  // namespace millrace::raft
