#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/settings/properties.h"
#include "base/settings/settings.h"
#include "node/config/listeners.h"
#include "node/config/quorum_config.h"
#include "node/log/log.h"

namespace millrace::node {

/// The configuration of one node, checked. Whatever could be refused without touching the machine
/// has been.
struct NodeConfig {
  Settings settings;
  std::vector<std::string> warnings;  // for the log, once it runs

  NodeId node_id;
  ListenerMap listeners;
  QuorumConfig quorum;
  std::optional<Endpoint> http;
  std::string data_directory;
  std::size_t loops = 1;
  std::size_t io_threads = 4;
  std::uint64_t journal_bytes = 0;  // both files
  std::uint64_t partitions_max = 0;
  std::optional<std::uint64_t> connections_max;  // not set: what the descriptors leave
  std::size_t connections_per_ip_max = 0;
  LogLevel log_level = LogLevel::kInfo;
};

/// Errors: kInvalidConfig with one sentence that names where the setting stands ("FILE:LINE" or
/// --set) and, for an unknown key, the nearest known one.
Result<NodeConfig> make_node_config(const std::vector<Property>& properties);

}  // namespace millrace::node
