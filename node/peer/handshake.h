#pragma once

#include <optional>
#include <string>
#include <vector>

#include "node/peer/convert.h"

/// Whether a connection may be used: pure functions, the same on both sides.
namespace millrace::node {

struct HandshakeRules {
  Uuid cluster_id;
  PeerIdentity self;
  bool tls = false;
};

PeerHello hello_of(const HandshakeRules& rules);

/// What the other side says of itself against what its certificate proves (`uris`, with TLS) and
/// what is expected: `expected` is the node whose address was dialled, if it is known. The node
/// itself, met at a seed's address, passes. Errors, one sentence each: kInvalidConfig (another
/// cluster, node or certificate), kUnsupportedVersion (no common version of frames).
Status check_hello(const HandshakeRules& rules, const PeerHello& hello,
                   const std::vector<std::string>& uris, std::optional<NodeId> expected);

/// Of a question's header, the same way.
Status check_question(const HandshakeRules& rules, const Question& question,
                      const std::vector<std::string>& uris);

}  // namespace millrace::node
