#pragma once

#include <array>
#include <cstdint>

#include "raft/voter_set.h"

namespace millrace::raft {

/// Replica `id` on its disk number `disk`.
inline Replica replica(std::int32_t id, std::uint8_t disk = 1) {
  std::array<std::uint8_t, Uuid::kBytes> bytes{};
  bytes[0] = static_cast<std::uint8_t>(id);
  bytes[1] = disk;
  return {NodeId(id), DirectoryId(Uuid(bytes))};
}

}  // namespace millrace::raft
