#pragma once

#include <cstdint>

#include "base/result.h"

namespace millrace::node {

/// What the node needs whatever connects: logs and their indexes, sockets of its own, libraries.
inline constexpr std::uint64_t kDescriptorsBase = 1000;
inline constexpr std::uint64_t kDescriptorsPerPartition = 2;
/// There are always places for so many connections.
inline constexpr std::uint64_t kConnectionsMin = 100;

/// Raises the soft limit of open files to the hard one; returns the limit that holds now.
std::uint64_t raise_descriptor_limit();

/// The connections that fit beside the partitions: the default of max.connections.
/// Errors: kLimitReached with a sentence that says what to raise.
Result<std::uint64_t> connections_for(std::uint64_t descriptors, std::uint64_t partitions);

}  // namespace millrace::node
