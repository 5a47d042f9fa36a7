#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "node/peer/identity.h"

namespace grpc {
class ChannelCredentials;
class ServerCredentials;
}  // namespace grpc

namespace millrace::node {

/// What both directions of connections prove themselves with.
struct Credentials {
  std::shared_ptr<grpc::ChannelCredentials> channel;
  std::shared_ptr<grpc::ServerCredentials> server;
};

/// With `tls` mutual TLS 1.2 or newer: either side must have a certificate of the CA that names a
/// node of `cluster_id`; which node, the handshake judges. The files are read again when they
/// change. `refused` hears why a certificate was turned down, on a thread of gRPC.
Credentials make_credentials(const std::optional<PeerTls>& tls, const Uuid& cluster_id,
                             std::function<void(const Error&)> refused);

}  // namespace millrace::node
