#include "node/assembly/foundation.h"

#include <random>

#include "node/log/log.h"

namespace millrace::node {
namespace {

/// The advertised address once the port is known.
controller::Endpoint advertised_address(const ListenerSpec& spec, const Endpoint& local) {
  controller::Endpoint endpoint{spec.name, spec.advertised.host, spec.advertised.port};
  if (endpoint.port == 0) endpoint.port = local.port;
  if (endpoint.host.empty()) {
    endpoint.host = default_advertised_host();
    log_info(
        "a listener on all addresses advertises a guess; advertised.listeners would say better",
        {{"listener", spec.name}, {"host", endpoint.host}, {"port", endpoint.port}});
  }
  return endpoint;
}

}  // namespace

Result<Sockets> open_sockets(const NodeConfig& config) {
  Sockets sockets;
  for (const auto& spec : config.listeners.clients) {
    auto socket = ListeningSocket::open(spec.bind);
    if (!socket) return fail_in("listeners: " + spec.name, socket.error());
    sockets.advertised.push_back(advertised_address(spec, socket->local()));
    sockets.clients.push_back({spec.name, spec.protocol != "PLAINTEXT", std::move(*socket)});
  }
  if (config.http) {
    auto socket = ListeningSocket::open(*config.http);
    if (!socket) return fail_in("millrace.http.listener", socket.error());
    sockets.http = std::move(*socket);
  }
  return sockets;
}

std::uint64_t random_seed() {
  std::random_device device;
  return (static_cast<std::uint64_t>(device()) << 32) | device();
}

}  // namespace millrace::node
