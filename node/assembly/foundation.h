#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "controller/metadata/image.h"
#include "node/config/node_config.h"
#include "node/kafka_listener/kafka_listener.h"

/// What a node opens before it has threads. Everything here blocks and runs on main's thread.
namespace millrace::node {

struct Sockets {
  std::vector<BoundListener> clients;
  std::optional<ListeningSocket> http;
  std::vector<controller::Endpoint> advertised;
};

/// Binds every address of the configuration, and decides what clients are told.
Result<Sockets> open_sockets(const NodeConfig& config);

/// A seed that no other process has.
std::uint64_t random_seed();

}  // namespace millrace::node
