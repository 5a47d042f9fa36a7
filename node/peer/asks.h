#pragma once

#include <map>
#include <set>

#include "node/peer/context.h"
#include "node/peer/dialer.h"

namespace millrace::node {

/// The questions of this node that wait for their answers. Each node gets a channel for them beside
/// that of its stream: a long answer never delays a heartbeat.
///
/// Owner: Peers. On the loop.
class Asks {
 public:
  Asks(PeerContext& context, const Dialer& dialer) : context_(context), dialer_(dialer) {}
  ~Asks() { close(); }

  void ask(NodeId to, SharedBytes request, Duration timeout, Peers::Answer done);
  /// Cuts every call; nobody is told.
  void close();

 private:
  struct Call;
  using CallPtr = std::shared_ptr<Call>;
  struct Line {
    Endpoint address;
    std::shared_ptr<grpc::Channel> channel;
    std::set<CallPtr> calls;
  };

  void answer_later(Peers::Answer done, Result<SharedBytes> outcome);
  Line& line_to(NodeId node, const Endpoint& address);
  void begin(NodeId to, const std::shared_ptr<grpc::Channel>& channel, const CallPtr& call);
  void on_done(NodeId to, const CallPtr& call, Result<SharedBytes> outcome);

  PeerContext& context_;
  const Dialer& dialer_;
  std::map<NodeId, Line> lines_;
};

}  // namespace millrace::node
