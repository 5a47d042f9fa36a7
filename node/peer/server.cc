#include "node/peer/server.h"

#include <fmt/format.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include "node/peer/grpc_settings.h"
#include "node/peer/incoming_calls.h"
#include "proto/peer.grpc.pb.h"

namespace millrace::node {
namespace {

namespace wire = peer::v1;

/// Raw calls: bytes are decoded by convert.cc, which knows our limits and errors.
class Service final : public wire::Peer::WithRawCallbackMethod_Quorum<
                          wire::Peer::WithRawCallbackMethod_Ask<wire::Peer::Service>> {
 public:
  explicit Service(std::shared_ptr<IncomingEvents> to) : to_(std::move(to)) {}

  grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* Quorum(
      grpc::CallbackServerContext* context) override {
    return accept_stream(to_, context);
  }
  grpc::ServerUnaryReactor* Ask(grpc::CallbackServerContext* context,
                                const grpc::ByteBuffer* request,
                                grpc::ByteBuffer* response) override {
    return accept_question(to_, context, *request, response);
  }

 private:
  const std::shared_ptr<IncomingEvents> to_;
};

/// gRPC says only that it could not listen; our own socket says why, in a sentence.
Status can_listen(const Endpoint& bind) {
  ASSIGN_OR_RETURN(auto socket, ListeningSocket::open(bind));
  return socket.listen();
}

std::string grpc_address(const Endpoint& bind) {
  return to_string(bind.host.empty() ? Endpoint{"::", bind.port} : bind);
}

}  // namespace

struct PeerServer::Impl {
  std::unique_ptr<Service> service;
  std::unique_ptr<grpc::Server> server;
  int port = 0;
};

Result<std::unique_ptr<PeerServer>> PeerServer::start(
    const Endpoint& bind, const std::shared_ptr<grpc::ServerCredentials>& credentials,
    std::shared_ptr<LoopGate> gate, Events events) {
  RETURN_IF_ERROR(can_listen(bind));
  auto impl = std::make_unique<Impl>();
  impl->service = std::make_unique<Service>(
      std::make_shared<IncomingEvents>(IncomingEvents{std::move(gate), std::move(events)}));
  grpc::ServerBuilder builder;
  apply_settings(builder);
  builder.AddListeningPort(grpc_address(bind), credentials, &impl->port);
  builder.RegisterService(impl->service.get());
  impl->server = builder.BuildAndStart();
  if (!impl->server || impl->port == 0) {
    return fail(ErrorCode::kAlreadyExists,
                fmt::format("cannot listen on {} for other nodes: another process listens there; "
                            "stop it or choose another port",
                            to_string(bind)));
  }
  return std::unique_ptr<PeerServer>(new PeerServer(std::move(impl)));
}

PeerServer::PeerServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

PeerServer::~PeerServer() {
  stop();
  release();
}

void PeerServer::stop() {
  if (!impl_->server) return;
  impl_->server->Shutdown(std::chrono::system_clock::now());
  impl_->server->Wait();
}

void PeerServer::release() {
  impl_->server.reset();
}

std::uint16_t PeerServer::port() const {
  return static_cast<std::uint16_t>(impl_->port);
}

}  // namespace millrace::node
