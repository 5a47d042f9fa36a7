#include "tests/unit/node/peer/test_node.h"

namespace millrace::node {
namespace {

/// Far beyond what anything here takes; a test that needs it has failed.
constexpr std::chrono::seconds kPatience{60};

}  // namespace

TestNode::TestNode(std::int32_t id, Wish wish) : id_(id), loop_("peer-test") {
  loop_.start();
  Peers::Options options;
  options.cluster_id = wish.cluster_id;
  options.self = {id_,
                  DirectoryId(Uuid({static_cast<std::uint8_t>(id)})),
                  IncarnationId(Uuid({wish.incarnation})),
                  {"127.0.0.1", wish.port},
                  {1, 3}};
  options.bind = {"127.0.0.1", wish.port};
  options.tls = wish.tls;
  auto started = Peers::start(loop_, options, handlers(std::move(wish)));
  REQUIRE_OK(started);
  peers_ = std::move(*started);
}

template <class Change>
void TestNode::note(Change change) {
  const MutexLock lock(mutex_);
  change(seen_);
  changed_.notify_all();
}

Peers::Handlers TestNode::handlers(Wish wish) {
  Peers::Handlers handlers;
  handlers.admit = [this, admit = wish.admit](const PeerIdentity& who) {
    auto judged = admit(who);
    if (judged) note([&](Seen& seen) { seen.admitted.push_back(who); });
    return judged;
  };
  handlers.connected = [this](const PeerIdentity& who) {
    note([&](Seen& seen) { seen.connected.push_back(who); });
  };
  handlers.lost = [this](const PeerIdentity& who) {
    note([&](Seen& seen) { seen.lost.push_back(who); });
  };
  handlers.message = [this](raft::Message message) {
    note([&](Seen& seen) { seen.messages.push_back(std::move(message)); });
  };
  handlers.refused = [this](const Endpoint&, const Error& why) {
    note([&](Seen& seen) { seen.refused.push_back(why.message); });
  };
  handlers.request = [this, respond = wish.respond](const PeerIdentity&, const SharedBytes& request,
                                                    Peers::Answer answer) {
    const std::string text(as_text(request.view()));
    if (auto response = respond(text)) {
      std::move(answer)(std::move(*response));
    } else {
      kept_.push_back(std::move(answer));
    }
    note([&](Seen& seen) { seen.requests.push_back(text); });
  };
  return handlers;
}

void TestNode::on_loop(std::function<void(Peers&)> call) {
  std::promise<void> done;
  loop_.post([&] {
    call(*peers_);
    done.set_value();
  });
  done.get_future().wait();
}

void TestNode::dial(NodeId node, const Endpoint& address) {
  on_loop([&](Peers& peers) { peers.set_address(node, address); });
}

void TestNode::send(NodeId to, std::int32_t term) {
  on_loop(
      [&](Peers& peers) { peers.send({{id_, {}}, {to, {}}, raft::TimeoutNow{raft::Term(term)}}); });
}

std::future<Result<SharedBytes>> TestNode::ask(NodeId to, const std::string& request,
                                               Duration timeout) {
  auto promise = std::make_shared<std::promise<Result<SharedBytes>>>();
  on_loop([&](Peers& peers) {
    peers.ask(to, SharedBytes::copy_of(as_bytes(request)), timeout,
              [promise](Result<SharedBytes> outcome) { promise->set_value(std::move(outcome)); });
  });
  return promise->get_future();
}

bool TestNode::probe(NodeId node) {
  std::promise<bool> promise;
  on_loop([&](Peers& peers) {
    peers.probe(node, [&promise](bool all_refused) { promise.set_value(all_refused); });
  });
  return promise.get_future().get();
}

void TestNode::wait_until(const std::string& what, const std::function<bool(const Seen&)>& holds) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  const MutexLock lock(mutex_);
  while (!holds(seen_)) {
    if (changed_.wait_until(mutex_, deadline) == std::cv_status::timeout) {
      for (const auto& each : seen_.refused) UNSCOPED_INFO("refused: " << each);
      FAIL("node " << id_.value() << " waited in vain until " << what);
    }
  }
}

void TestNode::wait_for_connection(std::size_t count) {
  wait_until("it is connected",
             [count](const Seen& seen) { return seen.connected.size() >= count; });
}

void TestNode::wait_for_refusal(const std::string& part) {
  wait_until("it is refused with '" + part + "'", [&](const Seen& seen) {
    for (const auto& each : seen.refused) {
      if (each.find(part) != std::string::npos) return true;
    }
    return false;
  });
}

Seen TestNode::seen() {
  const MutexLock lock(mutex_);
  return seen_;
}

void connect(TestNode& a, TestNode& b) {
  a.dial(b);
  b.dial(a);
  a.wait_for_connection();
  b.wait_for_connection();
}

}  // namespace millrace::node
