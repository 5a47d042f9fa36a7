#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/ids.h"

namespace millrace::controller {

/// A broker that may get replicas, and what it has of the topic already.
struct Candidate {
  NodeId id;
  std::string rack;  // empty: unknown, which counts as a rack of its own
  std::size_t leaders = 0;
  std::size_t replicas = 0;
};

/// Replicas for `count` new partitions of one topic; the first of each is its preferred leader.
/// Racks come first: replicas of a partition lie in as many as there are. Then leaders, then
/// replicas go to who has fewest. Ties go in turn over racks and brokers from number `start` on, so
/// that topics of one partition do not all meet on one broker. With racks of one size leaders and
/// replicas of a topic differ by one at most, by two where the factor is more than the racks and
/// does not fill them evenly. The same arguments give the same answer. Requires: 1 <=
/// replication_factor <= candidates.size(), ids differ.
std::vector<std::vector<NodeId>> spread(std::vector<Candidate> candidates, std::size_t start,
                                        std::size_t count, std::size_t replication_factor);

}  // namespace millrace::controller
