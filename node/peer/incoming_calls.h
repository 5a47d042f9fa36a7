#pragma once

#include <memory>

#include "node/peer/server.h"

namespace grpc {
class ByteBuffer;
class CallbackServerContext;
template <class Request, class Response>
class ServerBidiReactor;
class ServerUnaryReactor;
}  // namespace grpc

namespace millrace::node {

/// What the reactors of the server share: the loop and who hears of them there.
struct IncomingEvents {
  std::shared_ptr<LoopGate> gate;
  PeerServer::Events events;  // on the loop
};

/// Reactors own themselves until gRPC lets go of them.
grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* accept_stream(
    const std::shared_ptr<IncomingEvents>& to, grpc::CallbackServerContext* context);
grpc::ServerUnaryReactor* accept_question(const std::shared_ptr<IncomingEvents>& to,
                                          grpc::CallbackServerContext* context,
                                          const grpc::ByteBuffer& request,
                                          grpc::ByteBuffer* response);

}  // namespace millrace::node
