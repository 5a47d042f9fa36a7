#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/settings/settings.h"
#include "node/config/listeners.h"
#include "node/peer/identity.h"

namespace millrace::node {

/// Where this node finds the metadata quorum, and how other nodes reach it.
struct QuorumConfig {
  /// Where to look, as configured; who votes is in the metadata.
  std::map<NodeId, Endpoint> voters;
  std::vector<Endpoint> bootstrap_servers;
  bool auto_join = false;
  /// Where other nodes reach this one; without it the node is a cluster of its own.
  std::optional<ListenerSpec> listener;
  /// Nothing: in plaintext, which has been allowed by name.
  std::optional<PeerTls> tls;

  /// Only a node without quorum settings may form a cluster by itself.
  [[nodiscard]] bool is_configured() const {
    return !voters.empty() || !bootstrap_servers.empty() || auto_join;
  }
};

/// Errors: kInvalidConfig with a sentence that names the setting.
Result<QuorumConfig> make_quorum_config(const Settings& settings, const ListenerMap& listeners);

}  // namespace millrace::node
