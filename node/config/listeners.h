#pragma once

#include <string>
#include <vector>

#include "node/net/endpoint.h"

namespace millrace::node {

/// One entry of the listener map.
struct ListenerSpec {
  std::string name;      // e.g. PLAINTEXT, or a name of the operator's
  std::string protocol;  // PLAINTEXT; the others are refused until they exist
  Endpoint bind;
  Endpoint advertised;  // what clients are told; its port is 0 when the bound port decides
};

struct ListenerMap {
  std::vector<ListenerSpec> clients;
  std::vector<ListenerSpec> controllers;  // named in controller.listener.names: for other nodes
};

/// What the settings of that name hold; empty means not set.
struct ListenerSettings {
  std::string listeners;
  std::string advertised_listeners;
  std::string security_protocol_map;
  std::string controller_listener_names;
};

/// Errors: kInvalidConfig with a sentence that names the setting.
Result<ListenerMap> parse_listeners(const ListenerSettings& settings);

/// What a listener on all addresses advertises when the settings do not say: the machine's name if
/// it resolves to one of its addresses, else its first address that is not loopback, else
/// 127.0.0.1. Asks the operating system.
std::string default_advertised_host();

/// Whether the host means all addresses.
bool is_wildcard(const std::string& host);

}  // namespace millrace::node
