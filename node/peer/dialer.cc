#include "node/peer/dialer.h"

#include <algorithm>

namespace millrace::node {

void Dialer::set_address(NodeId node, const Endpoint& address) {
  if (node == context_.rules.self.node) return;
  known_[node] = address;
  reconcile();
}

void Dialer::set_seeds(std::vector<Endpoint> seeds) {
  seeds_ = std::move(seeds);
  reconcile();
}

void Dialer::forget(NodeId node) {
  known_.erase(node);
  reconcile();
}

void Dialer::close() {
  for (const auto& link : links_) link->close();
  links_.clear();
}

std::vector<Dialer::Wanted> Dialer::wanted() const {
  std::vector<Wanted> all;
  for (const auto& [node, address] : known_) all.push_back({address, node});
  for (const auto& seed : seeds_) {
    const bool twice = std::any_of(all.begin(), all.end(),
                                   [&](const Wanted& each) { return each.address == seed; });
    if (!twice && seed != context_.rules.self.advertised) all.push_back({seed, std::nullopt});
  }
  return all;
}

void Dialer::reconcile() {
  auto old = std::exchange(links_, {});
  for (const auto& each : wanted()) links_.push_back(keep_or_make(old, each));
  for (const auto& link : old) link->close();
  // One that made way for a link that is closed now has to come back, and new ones begin.
  for (const auto& link : links_) {
    if (!link->is_asleep()) continue;
    const auto& remote = link->remote();
    const bool is_self = remote && remote->node == context_.rules.self.node;
    if (!is_self && (!remote || connected_link(remote->node) == nullptr)) link->dial();
  }
}

/// A seed's link goes on as that of the node that turned out to be there.
Dialer::LinkPtr Dialer::keep_or_make(std::vector<LinkPtr>& old, const Wanted& wanted) {
  const auto found = std::find_if(old.begin(), old.end(), [&](const LinkPtr& link) {
    if (link->address() != wanted.address) return false;
    if (link->expected() == wanted.node) return true;
    return !link->expected() && (!link->is_connected() || link->remote()->node == *wanted.node);
  });
  if (found == old.end()) return make(wanted);
  auto link = std::move(*found);
  old.erase(found);
  if (!link->expected() && wanted.node) link->expect(*wanted.node);
  return link;
}

Dialer::LinkPtr Dialer::make(const Wanted& wanted) {
  return std::make_shared<Link>(context_, wanted.address, wanted.node,
                                Link::Events{[this](Link& link) { on_connected(link); },
                                             [this](Link& link) { on_disconnected(link); }});
}

Link* Dialer::connected_link(NodeId node) const {
  for (const auto& link : links_) {
    if (link->is_connected() && link->remote()->node == node) return link.get();
  }
  return nullptr;
}

std::optional<Endpoint> Dialer::address_of(NodeId node) const {
  if (const auto* link = connected_link(node)) return link->remote()->advertised;
  if (const auto known = known_.find(node); known != known_.end()) return known->second;
  for (const auto& link : links_) {
    if (link->remote() && link->remote()->node == node) return link->remote()->advertised;
  }
  return std::nullopt;
}

void Dialer::on_connected(Link& link) {
  const auto remote = *link.remote();
  if (remote.node == context_.rules.self.node) return link.sleep();
  bool is_news = true;
  for (const auto& other : links_) {
    if (other.get() == &link || !other->is_connected() || other->remote()->node != remote.node) {
      continue;
    }
    is_news = is_news && other->remote()->incarnation != remote.incarnation;
    other->sleep();
  }
  context_.counters->add(remote.node, &PeerTraffic::connections_out);
  if (is_news && context_.handlers.connected) context_.handlers.connected(remote);
}

void Dialer::on_disconnected(Link& link) {
  const NodeId node = link.remote()->node;
  for (const auto& other : links_) {
    if (other->is_asleep() && other->remote() && other->remote()->node == node) other->dial();
  }
}

void Dialer::send(const raft::Message& message) {
  const NodeId to = message.to.id;
  if (auto* const link = connected_link(to)) return link->send(to, encode(Frame(message)));
  context_.counters->add(to, &PeerTraffic::messages_dropped);
}

}  // namespace millrace::node
