#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>

#include "base/ids.h"

namespace millrace::broker {

/// How far each replica of a partition has come, and who has to have come so far before a record is
/// committed. Kept by the leader, for one leader epoch.
///
/// Invariants:
///  1. The high watermark never falls.
///  2. It is at most the end of every member of the maximal ISR: the committed ISR and every
///     proposed addition; a proposed removal counts until it is committed.
///  3. It moves only while the committed ISR has min.insync.replicas members.
class ReplicaSet {
 public:
  /// A new leader epoch: ends of others are unknown until they report.
  ReplicaSet() = default;
  ReplicaSet(std::span<const NodeId> replicas, std::span<const NodeId> isr, std::int32_t isr_min);

  /// The committed ISR as metadata has it now. Proposals that it contains or lacks as proposed are
  /// settled.
  void commit_isr(std::span<const NodeId> isr, std::int32_t isr_min);
  void propose_addition(NodeId node) { additions_.insert(node); }
  void propose_removal(NodeId node) { removals_.insert(node); }
  /// The proposal was refused.
  void withdraw(NodeId node);

  /// Everything of this replica below `end` counts as acked by it. Ignored for strangers.
  void advance(NodeId node, Offset end);

  /// What is committed; `before` is the high watermark so far, and the result is never below it.
  [[nodiscard]] Offset high_watermark(Offset before) const;
  [[nodiscard]] bool has_min_isr() const {
    return static_cast<std::int64_t>(isr_.size()) >= isr_min_;
  }
  [[nodiscard]] std::size_t isr_count() const { return isr_.size(); }
  [[nodiscard]] std::size_t replica_count() const { return ends_.size(); }
  [[nodiscard]] std::string describe() const;

 private:
  std::map<NodeId, Offset> ends_;  // of every replica; kNoOffset while unknown
  std::set<NodeId> isr_;
  std::set<NodeId> additions_;
  std::set<NodeId> removals_;
  std::int32_t isr_min_ = 1;
};

}  // namespace millrace::broker
