#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.h"

namespace millrace::kafka {

/// A tagged field that this version of Millrace does not know: kept as it came and written again,
/// so that a message survives a node that is older than its sender.
struct UnknownTag {
  std::uint32_t tag = 0;
  SharedBytes bytes;

  friend bool operator==(const UnknownTag&, const UnknownTag&) = default;
};

using UnknownTags = std::vector<UnknownTag>;

}  // namespace millrace::kafka
