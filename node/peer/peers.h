#pragma once

#include <absl/functional/any_invocable.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "node/loops/loop.h"
#include "node/peer/identity.h"
#include "node/peer/peer_counters.h"
#include "raft/messages.h"

namespace millrace::node {

/// The connections between this node and the others: raft messages, one way a stream, and questions
/// with one answer. Moves bytes and knows who is at the other end; decides nothing else. The frames
/// and the handshake: docs/formats/peer.md.
///
/// Every node dials every node that it was told of and sends on the stream that it dialled, so two
/// nodes have two streams. What is lost with a connection is not sent again: raft does that.
///
/// Owner: the assembly. Lives on the loop given to start(): handlers run there and calls are made
/// there, unless noted. gRPC's threads only post. The loop outlives it.
/// 1. Messages from one stream come in the order sent; messages of one connected() period leave in
///    the order given, and those that are dropped are dropped from the end.
/// 2. connected() and lost() concern different streams and are not paired: connected() is about the
///    one that this node dialled, lost() about the one that the other node dialled.
/// 3. A newer stream of a node replaces the older one. lost() is then called only if the older one
///    belonged to another incarnation.
class Peers {
 public:
  using Answer = absl::AnyInvocable<void(Result<SharedBytes>) &&>;

  struct Options {
    Uuid cluster_id;
    PeerIdentity self;  // `advertised.port` 0: the bound port
    Endpoint bind;      // port 0: the system chooses
    /// Without: plaintext, and nobody proves who they are. Whether that is allowed is the caller's
    /// decision.
    std::optional<PeerTls> tls;
    /// Of the back-off's jitter.
    std::uint64_t random_seed = 1;
  };

  /// None may wait. All but the first, `message` and `request` may be empty.
  struct Handlers {
    /// A node that passed every check of this layer wants to send to us. May refuse with one
    /// sentence, which the other side logs.
    absl::AnyInvocable<Status(const PeerIdentity&)> admit;
    /// Messages to it leave from now on (our outgoing stream). Again when it has another
    /// incarnation.
    absl::AnyInvocable<void(const PeerIdentity&)> connected;
    /// Its incoming stream ended: FIN, RST or keepalive.
    absl::AnyInvocable<void(const PeerIdentity&)> lost;
    absl::AnyInvocable<void(raft::Message)> message;
    /// An answer that is dropped tells the asker kReplicaNotAvailable. It may come late, from any
    /// thread, and after stop().
    absl::AnyInvocable<void(const PeerIdentity& from, SharedBytes request, Answer)> request;
    /// A dial failed: one sentence of ours, of the other side, or of gRPC. Called and logged when
    /// the sentence changes; the node dials on for ever.
    absl::AnyInvocable<void(const Endpoint& address, const Error& why)> refused;
  };

  /// Listens when it returns. Errors: those of ListeningSocket::open for the port; kInvalidConfig
  /// for a file of `tls` that does not do, with one sentence that says what to do.
  static Result<std::unique_ptr<Peers>> start(Loop& loop, Options options, Handlers handlers);
  ~Peers();
  Peers(const Peers&) = delete;
  Peers& operator=(const Peers&) = delete;

  /// Idempotent, on any thread, whether the loop still runs or not; no other call may be under way
  /// on another thread. Afterwards no handler runs, no
  /// answer comes and the port is free. Waits for gRPC to let go, some milliseconds.
  void stop();

  /// Dials, and dials again when the address changed. Nothing for this node itself.
  void set_address(NodeId node, const Endpoint& address);
  /// Addresses whose node is not known yet: the handshake tells it, and from then on messages reach
  /// it. Replaces the seeds given before. This node's own address is passed over.
  void set_seeds(std::vector<Endpoint> seeds);
  /// Takes back set_address(); a seed at which the node answers stays connected.
  void forget(NodeId node);

  /// To `message.to.id`. Dropped and counted when it is not connected or its queue is full
  /// (kQueueFramesMax, kQueueBytesMax).
  void send(raft::Message message);
  /// Requires: timeout > 0. `done` runs on the loop, later, unless stop() comes first. Errors of
  /// this layer: kWouldBlock (not connected yet, in one direction or the other: nothing was done,
  /// ask again); kReplicaNotAvailable (connection lost: nothing is known of the outcome);
  /// kTimedOut; kUnsupportedVersion (the other node does not know the question or answered with an
  /// error that this one does not know); kLimitReached (kAsksPerNodeMax wait); kMessageTooLarge;
  /// kMalformed. An error of the other node's handler comes with its own code, and so does its
  /// refusal of who asks (kInvalidConfig).
  void ask(NodeId to, SharedBytes request, Duration timeout, Answer done);
  /// Three raw connects 50 ms apart to its advertised peer address: true when all are refused
  /// (ECONNREFUSED), which proves that no process is there. False for a node never heard of.
  void probe(NodeId node, absl::AnyInvocable<void(bool all_refused) &&> done);

  /// The bound port. Any thread.
  [[nodiscard]] std::uint16_t port() const;
  /// Any thread.
  [[nodiscard]] PeerCounters counters() const;
  /// When the certificate in the file runs out; nothing without TLS or while the file cannot be
  /// read. Reads the file. Any thread.
  [[nodiscard]] std::optional<TimestampMs> certificate_expires_at() const;

 private:
  struct Impl;
  explicit Peers(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace millrace::node
