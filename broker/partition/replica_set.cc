#include "broker/partition/replica_set.h"

#include <fmt/format.h>

#include <algorithm>

namespace millrace::broker {

ReplicaSet::ReplicaSet(std::span<const NodeId> replicas, std::span<const NodeId> isr,
                       std::int32_t isr_min)
    : isr_(isr.begin(), isr.end()), isr_min_(isr_min) {
  for (const NodeId node : replicas) ends_.emplace(node, kNoOffset);
}

void ReplicaSet::commit_isr(std::span<const NodeId> isr, std::int32_t isr_min) {
  isr_ = {isr.begin(), isr.end()};
  isr_min_ = isr_min;
  std::erase_if(additions_, [&](NodeId node) { return isr_.contains(node); });
  std::erase_if(removals_, [&](NodeId node) { return !isr_.contains(node); });
}

void ReplicaSet::withdraw(NodeId node) {
  additions_.erase(node);
  removals_.erase(node);
}

void ReplicaSet::advance(NodeId node, Offset end) {
  const auto found = ends_.find(node);
  if (found != ends_.end()) found->second = std::max(found->second, end);
}

Offset ReplicaSet::high_watermark(Offset before) const {
  if (!has_min_isr()) return before;
  std::set<NodeId> counted = isr_;
  counted.insert(additions_.begin(), additions_.end());
  if (counted.empty()) return before;
  Offset lowest(INT64_MAX);
  for (const NodeId node : counted) {
    const auto end = ends_.find(node);
    lowest = std::min(lowest, end == ends_.end() ? kNoOffset : end->second);
  }
  return std::max(before, lowest);
}

std::string ReplicaSet::describe() const {
  std::string text;
  for (const auto& [node, end] : ends_) {
    text += fmt::format("{}{}:{}{}{}{}", text.empty() ? "" : " ", node.value(), end.value(),
                        isr_.contains(node) ? " in" : " out",
                        additions_.contains(node) ? " joining" : "",
                        removals_.contains(node) ? " leaving" : "");
  }
  return fmt::format("[{}] min={}", text, isr_min_);
}

}  // namespace millrace::broker
