#pragma once

#include <map>

#include "node/peer/link.h"

namespace millrace::node {

/// Which addresses to dial, and by which link a node is reached.
///
/// Owner: Peers. On the loop.
/// 1. One link for every node with an address, and one for every seed that is nobody's address.
/// 2. One link at most is connected to one node; another that leads to it sleeps until that
///    connection is lost. The newest is kept, because the other side keeps the newest too.
class Dialer {
 public:
  explicit Dialer(PeerContext& context) : context_(context) {}
  ~Dialer() { close(); }

  void set_address(NodeId node, const Endpoint& address);
  void set_seeds(std::vector<Endpoint> seeds);
  void forget(NodeId node);
  void send(const raft::Message& message);
  /// Ends every connection, for ever.
  void close();

  /// Null when the node is not connected.
  [[nodiscard]] Link* connected_link(NodeId node) const;
  /// What it advertised last, else the address that we were told.
  [[nodiscard]] std::optional<Endpoint> address_of(NodeId node) const;

 private:
  using LinkPtr = std::shared_ptr<Link>;
  struct Wanted {
    Endpoint address;
    std::optional<NodeId> node;
  };

  [[nodiscard]] std::vector<Wanted> wanted() const;
  void reconcile();
  LinkPtr keep_or_make(std::vector<LinkPtr>& old, const Wanted& wanted);
  LinkPtr make(const Wanted& wanted);
  void on_connected(Link& link);
  void on_disconnected(Link& link);

  PeerContext& context_;
  std::map<NodeId, Endpoint> known_;
  std::vector<Endpoint> seeds_;
  std::vector<LinkPtr> links_;
};

}  // namespace millrace::node
