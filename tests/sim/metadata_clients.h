#pragma once

#include <cstdint>

#include "base/random.h"
#include "controller/metadata/command.h"
#include "controller/metadata/image.h"

namespace millrace::sim {

/// What clients ask for: a few topics that come, grow, are altered and go, twins that do so
/// together, settings of which no two have the same value, and blocks of producer ids.
class MetadataClients {
 public:
  explicit MetadataClients(Random random) : random_(random) {}

  /// The next command of a client of the node `node`, which knows `here`.
  controller::Command next(NodeId node, const controller::MetadataImage& here);

 private:
  controller::Command create();
  controller::Command remove();
  controller::Command grow(const controller::MetadataImage& here);
  controller::Command alter();

  Random random_;
  std::uint64_t last_value_ = 0;
};

}  // namespace millrace::sim
