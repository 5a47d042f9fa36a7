#pragma once

#include <absl/functional/any_invocable.h>

#include <memory>

#include "node/peer/frame_stream.h"

namespace grpc {
class ServerCredentials;
}

namespace millrace::node {

/// The port that other nodes dial. Turns gRPC's calls into streams and questions on the loop.
///
/// Owner: Peers.
class PeerServer {
 public:
  /// Tells the asker; once, from any thread. One that is dropped tells kReplicaNotAvailable.
  using Answer = absl::AnyInvocable<void(Result<SharedBytes>) &&>;
  struct Events {
    absl::AnyInvocable<void(std::shared_ptr<FrameStream>)> stream;
    absl::AnyInvocable<void(Question, std::vector<std::string> certificate_uris, Answer)> question;
  };

  /// `events` run on the loop. Errors: as ListeningSocket::open.
  static Result<std::unique_ptr<PeerServer>> start(
      const Endpoint& bind, const std::shared_ptr<grpc::ServerCredentials>& credentials,
      std::shared_ptr<LoopGate> gate, Events events);
  ~PeerServer();

  /// Cuts every call and frees the port. Idempotent.
  void stop();
  /// After stop(): lets go of gRPC. Requires: not on a thread of gRPC.
  void release();
  [[nodiscard]] std::uint16_t port() const;

 private:
  struct Impl;
  explicit PeerServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace millrace::node
