#pragma once

#include <map>

#include "node/log/log.h"
#include "node/peer/context.h"

namespace millrace::node {

/// The streams that other nodes dialled: says the other half of the handshake, and hands on what
/// they send.
///
/// Owner: Peers. On the loop.
/// 1. At most one admitted stream per node: the newest.
class PeerAcceptor {
 public:
  explicit PeerAcceptor(PeerContext& context) : context_(context) {}
  ~PeerAcceptor() { close(); }

  void on_stream(std::shared_ptr<FrameStream> stream);
  /// Ends every stream; lost() is not called.
  void close();

  /// Who has an admitted stream to us; null when `node` has none. Valid until the next event.
  [[nodiscard]] const PeerIdentity* identity_of(NodeId node) const;

 private:
  struct Incoming;
  using IncomingPtr = std::shared_ptr<Incoming>;

  void on_frame(const IncomingPtr& from, Result<Frame> frame, std::size_t bytes);
  void on_hello(const IncomingPtr& from, const PeerHello& hello);
  void on_message(const IncomingPtr& from, raft::Message message, std::size_t bytes);
  void on_closed(const IncomingPtr& from);
  [[nodiscard]] Status judge(const IncomingPtr& from, const PeerHello& hello);
  void admit(const IncomingPtr& from, const PeerIdentity& identity);
  void refuse(const IncomingPtr& from, std::string sentence);
  void drop(const IncomingPtr& from);
  void hang_up(const IncomingPtr& from, std::string_view why);
  void log_hang_up(const IncomingPtr& from, std::string_view why);

  PeerContext& context_;
  LineLimit lines_{3, std::chrono::seconds(10)};
  std::vector<IncomingPtr> unknown_;  // before their Hello
  std::map<NodeId, IncomingPtr> admitted_;
};

}  // namespace millrace::node
