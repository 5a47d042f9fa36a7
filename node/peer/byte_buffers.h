#pragma once

#include <string>
#include <vector>

#include "base/bytes.h"

namespace grpc {
class ByteBuffer;
class AuthContext;
}  // namespace grpc

namespace millrace::node {

/// Without a copy: the buffer keeps the bytes alive.
grpc::ByteBuffer to_buffer(SharedBytes bytes);
/// One run of bytes; gathers what came in pieces.
SharedBytes to_bytes(const grpc::ByteBuffer& buffer);
/// The URIs of a certificate that gRPC has verified.
std::vector<std::string> uris_of(const grpc::AuthContext& context);

inline constexpr const char* kQuorumMethod = "/millrace.peer.v1.Peer/Quorum";
inline constexpr const char* kAskMethod = "/millrace.peer.v1.Peer/Ask";

}  // namespace millrace::node
