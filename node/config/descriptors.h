#pragma once

#include <cstdint>

#include "base/result.h"

namespace millrace::node {

/// What the node needs whatever happens: sockets of its own, libraries, files held open for good.
inline constexpr std::uint64_t kDescriptorsBase = 1000;
inline constexpr std::uint64_t kDescriptorsPerPartition = 2;
/// There are always places for so many connections.
inline constexpr std::uint64_t kConnectionsMin = 100;

/// How the limit of open files is shared out.
struct DescriptorShares {
  std::uint64_t files = 0;        // log files held open at a time
  std::uint64_t connections = 0;  // the default of max.connections
};

/// Raises the soft limit of open files to the hard one; returns the limit that holds now.
std::uint64_t raise_descriptor_limit();

/// Errors: kLimitReached with a sentence that says what to raise, when the partitions alone need
/// more.
Status check_descriptors(std::uint64_t limit, std::uint64_t partitions);

DescriptorShares share_descriptors(std::uint64_t limit);

}  // namespace millrace::node
