#pragma once

#include <functional>
#include <future>
#include <map>

#include "node/loops/mutex.h"
#include "node/peer/peers.h"
#include "tests/support/catch.h"

namespace millrace::node {

inline const Uuid kTestClusterId{{9, 9}};

/// What the handlers of one node saw, in order.
struct Seen {
  std::vector<PeerIdentity> admitted;
  std::vector<PeerIdentity> connected;
  std::vector<PeerIdentity> lost;
  std::vector<raft::Message> messages;
  std::vector<std::string> requests;
  std::vector<std::string> refused;
};

/// A node that is nothing but its peers, on a loop of its own; 127.0.0.1 and a port of the system.
class TestNode {
 public:
  using Respond = std::function<std::optional<Result<SharedBytes>>(const std::string&)>;
  struct Wish {
    Uuid cluster_id = kTestClusterId;
    std::uint16_t port = 0;
    std::uint8_t incarnation = 1;
    std::optional<PeerTls> tls;
    std::function<Status(const PeerIdentity&)> admit = [](const PeerIdentity&) { return Status(); };
    /// Nothing: the answer waits until the node stops.
    Respond respond = [](const std::string& request) {
      return Result<SharedBytes>(SharedBytes::copy_of(as_bytes("re: " + request)));
    };
  };

  explicit TestNode(std::int32_t id) : TestNode(id, Wish()) {}
  TestNode(std::int32_t id, Wish wish);
  ~TestNode() { stop(); }

  void stop() { peers_->stop(); }
  [[nodiscard]] Endpoint address() const { return {"127.0.0.1", peers_->port()}; }
  [[nodiscard]] NodeId id() const { return id_; }
  Peers& peers() { return *peers_; }

  /// Runs `call` on the loop and waits for it.
  void on_loop(std::function<void(Peers&)> call);
  void dial(const TestNode& other) { dial(other.id(), other.address()); }
  void dial(NodeId node, const Endpoint& address);
  void send(NodeId to, std::int32_t term);
  std::future<Result<SharedBytes>> ask(NodeId to, const std::string& request,
                                       Duration timeout = std::chrono::seconds(30));
  bool probe(NodeId node);

  /// Waits until `holds` is true of what was seen; fails the test after a generous time.
  void wait_until(const std::string& what, const std::function<bool(const Seen&)>& holds);
  void wait_for_connection(std::size_t count = 1);
  void wait_for_refusal(const std::string& part);
  Seen seen();

 private:
  Peers::Handlers handlers(Wish wish);
  template <class Change>
  void note(Change change);

  const NodeId id_;
  Loop loop_;
  Mutex mutex_;
  CondVar changed_;
  Seen seen_;
  std::vector<Peers::Answer> kept_;  // on the loop
  std::unique_ptr<Peers> peers_;
};

/// Both dial each other and are connected.
void connect(TestNode& a, TestNode& b);

}  // namespace millrace::node
