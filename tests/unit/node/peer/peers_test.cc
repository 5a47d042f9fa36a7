#include "node/peer/peers.h"

#include "node/peer/constants.h"
#include "tests/unit/node/peer/test_node.h"

namespace millrace::node {
namespace {

std::vector<std::int32_t> terms_of(const Seen& seen) {
  std::vector<std::int32_t> terms;
  for (const auto& message : seen.messages) terms.push_back(raft::term_of(message).value());
  return terms;
}

void wait_for_messages(TestNode& node, std::size_t count) {
  node.wait_until("its messages are there",
                  [count](const Seen& seen) { return seen.messages.size() >= count; });
}

TestNode::Wish with_port(std::uint16_t port, std::uint8_t incarnation = 1) {
  TestNode::Wish wish;
  wish.port = port;
  wish.incarnation = incarnation;
  return wish;
}

TestNode::Wish never_answering() {
  TestNode::Wish wish;
  wish.respond = [](const std::string&) { return std::nullopt; };
  return wish;
}

}  // namespace

TEST_CASE("messages go both ways in the order sent") {
  TestNode a(1);
  TestNode b(2);
  connect(a, b);
  std::vector<std::int32_t> sent;
  for (std::int32_t term = 1; term <= 300; ++term) {
    a.send(b.id(), term);
    b.send(a.id(), term);
    sent.push_back(term);
  }
  wait_for_messages(a, sent.size());
  wait_for_messages(b, sent.size());
  REQUIRE(terms_of(a.seen()) == sent);
  REQUIRE(terms_of(b.seen()) == sent);
  const auto who = a.seen().connected.front();
  REQUIRE(who.node == b.id());
  REQUIRE(who.advertised == b.address());
  REQUIRE(who.versions == VersionRange{1, 3});
  const auto of_b = a.peers().counters().by_node.at(b.id());
  REQUIRE(of_b.messages_in == sent.size());
  REQUIRE(of_b.messages_out == sent.size());
  REQUIRE(of_b.messages_dropped == 0);
  REQUIRE(of_b.connections_in == 1);
  REQUIRE(of_b.connections_out == 1);
  REQUIRE(of_b.bytes_in > sent.size());
}

TEST_CASE("three nodes reach each other") {
  TestNode a(1);
  TestNode b(2);
  TestNode c(3);
  for (auto* from : {&a, &b, &c}) {
    for (auto* to : {&a, &b, &c}) from->dial(*to);  // itself is passed over
  }
  for (auto* from : {&a, &b, &c}) from->wait_for_connection(2);
  a.send(b.id(), 12);
  a.send(c.id(), 13);
  b.send(c.id(), 23);
  wait_for_messages(b, 1);
  wait_for_messages(c, 2);
  REQUIRE(terms_of(b.seen()) == std::vector<std::int32_t>{12});
  REQUIRE(a.seen().connected.size() == 2);
}

TEST_CASE("the largest message that raft may send arrives") {
  TestNode a(1);
  TestNode b(2);
  connect(a, b);
  const auto bytes = SharedBytes::own(std::vector<std::uint8_t>(32 << 20, 7));
  a.on_loop([&](Peers& peers) {
    raft::AppendRequest append;
    append.term = raft::Term(1);
    append.entries.push_back({Offset(0), raft::Term(1), raft::Command{bytes}});
    peers.send({{a.id(), {}}, {b.id(), {}}, append});
  });
  wait_for_messages(b, 1);
  const auto seen = b.seen();
  const auto& got = std::get<raft::AppendRequest>(seen.messages.front().body);
  REQUIRE(std::get<raft::Command>(got.entries.front().body).bytes == bytes);
}

TEST_CASE("a question gets its answer or the other node's error") {
  TestNode::Wish wish;
  wish.respond = [](const std::string& request) -> std::optional<Result<SharedBytes>> {
    if (request == "bad") return fail(ErrorCode::kInvalidTopic, "no such thing");
    return SharedBytes::copy_of(as_bytes("re: " + request));
  };
  TestNode a(1);
  TestNode b(2, wish);
  connect(a, b);
  const auto answer = a.ask(b.id(), "who leads").get();
  REQUIRE_OK(answer);
  REQUIRE(as_text(answer->view()) == "re: who leads");
  const auto failure = a.ask(b.id(), "bad").get();
  REQUIRE_ERROR(failure, ErrorCode::kInvalidTopic);
  REQUIRE(failure.error().message == "no such thing");
  REQUIRE(b.peers().counters().by_node.at(a.id()).asks_in == 2);
}

TEST_CASE("a question that nobody answers times out") {
  TestNode a(1);
  TestNode b(2, never_answering());
  connect(a, b);
  REQUIRE_ERROR(a.ask(b.id(), "?", std::chrono::milliseconds(100)).get(), ErrorCode::kTimedOut);
}

TEST_CASE("a node that stops amid a question is not available") {
  TestNode a(1);
  TestNode b(2, never_answering());
  connect(a, b);
  auto outcome = a.ask(b.id(), "?");
  b.wait_until("it is asked", [](const Seen& seen) { return seen.requests.size() == 1; });
  b.stop();
  REQUIRE_ERROR(outcome.get(), ErrorCode::kReplicaNotAvailable);
}

TEST_CASE("a question to a node that is not connected fails at once") {
  TestNode a(1);
  REQUIRE_ERROR(a.ask(NodeId(2), "?").get(), ErrorCode::kWouldBlock);
  a.send(NodeId(2), 1);
  REQUIRE(a.peers().counters().by_node.at(NodeId(2)).messages_dropped == 1);
}

TEST_CASE("questions that wait have a limit, and one has a size") {
  TestNode a(1);
  TestNode b(2, never_answering());
  connect(a, b);
  for (std::size_t i = 0; i < kAsksPerNodeMax; ++i) static_cast<void>(a.ask(b.id(), "?"));
  REQUIRE_ERROR(a.ask(b.id(), "?").get(), ErrorCode::kLimitReached);
  b.stop();
  TestNode c(3);
  connect(a, c);
  REQUIRE_ERROR(a.ask(c.id(), std::string(kFrameBytesMax, 'x')).get(), ErrorCode::kMessageTooLarge);
}

TEST_CASE("whoever is not admitted hears why") {
  TestNode::Wish wish;
  wish.admit = [](const PeerIdentity&) -> Status {
    return fail(ErrorCode::kInvalidRequest, "node 1 was removed; format it anew");
  };
  TestNode a(1);
  TestNode b(2, wish);
  a.dial(b);
  a.wait_for_refusal("node 1 was removed; format it anew");
  REQUIRE(a.seen().connected.empty());
  REQUIRE(b.peers().counters().refused_here > 0);
  REQUIRE(a.peers().counters().failed_out > 0);
}

TEST_CASE("nodes of two clusters do not speak") {
  TestNode::Wish wish;
  wish.cluster_id = Uuid{{8}};
  TestNode a(1);
  TestNode b(2, wish);
  a.dial(b);
  a.wait_for_refusal("belongs to cluster");
  REQUIRE(b.seen().admitted.empty());
}

TEST_CASE("another node at the address is not taken for the one expected") {
  TestNode a(1);
  TestNode b(2);
  a.dial(NodeId(3), b.address());
  a.wait_for_refusal("node 2 answers at the address of node 3");
  REQUIRE(a.seen().connected.empty());
}

TEST_CASE("two nodes with one id are told apart") {
  TestNode a(1, with_port(0, 1));
  TestNode twin(1, with_port(0, 2));
  a.on_loop([&](Peers& peers) { peers.set_seeds({twin.address()}); });
  a.wait_for_refusal("two nodes run with node.id 1");
}

TEST_CASE("a node that comes back on its port is connected again") {
  TestNode a(1);
  auto b = std::make_unique<TestNode>(2);
  connect(a, *b);
  const auto port = b->address().port;
  b = nullptr;
  a.wait_until("it lost node 2", [](const Seen& seen) { return !seen.lost.empty(); });
  REQUIRE(a.seen().lost.front().incarnation == IncarnationId(Uuid({1})));
  b = std::make_unique<TestNode>(2, with_port(port, 2));
  b->dial(a);
  a.wait_for_connection(2);
  REQUIRE(a.seen().connected.back().incarnation == IncarnationId(Uuid({2})));
  a.send(b->id(), 5);
  wait_for_messages(*b, 1);
  b->wait_for_connection();
  b->send(a.id(), 6);
  wait_for_messages(a, 1);
}

TEST_CASE("a new address is dialled, a forgotten node is not") {
  TestNode a(1);
  TestNode old_b(2, with_port(0, 1));
  TestNode new_b(2, with_port(0, 2));
  a.dial(old_b);
  a.wait_for_connection();
  a.dial(new_b);
  a.wait_for_connection(2);
  a.send(NodeId(2), 3);
  wait_for_messages(new_b, 1);
  REQUIRE(old_b.seen().messages.empty());
  old_b.wait_until("the first connection ended",
                   [](const Seen& seen) { return !seen.lost.empty(); });
  a.on_loop([](Peers& peers) { peers.forget(NodeId(2)); });
  new_b.wait_until("it is let go", [](const Seen& seen) { return !seen.lost.empty(); });
  REQUIRE_ERROR(a.ask(NodeId(2), "?").get(), ErrorCode::kWouldBlock);
}

TEST_CASE("a seed tells who it is") {
  TestNode a(1);
  TestNode b(2);
  a.on_loop([&](Peers& peers) { peers.set_seeds({a.address(), b.address(), b.address()}); });
  a.wait_for_connection();
  a.send(b.id(), 4);
  wait_for_messages(b, 1);
  // Its address becomes known: the same connection goes on.
  a.dial(b);
  a.send(b.id(), 5);
  wait_for_messages(b, 2);
  REQUIRE(a.seen().connected.size() == 1);
  REQUIRE(b.seen().admitted.size() == 1);
  REQUIRE(b.seen().lost.empty());
}

TEST_CASE("a seed at this node's own address is found out by the handshake") {
  TestNode::Wish wish;
  TestNode a(1, wish);
  TestNode b(2);
  const Endpoint other_name{"localhost", a.address().port};
  a.on_loop([&](Peers& peers) { peers.set_seeds({other_name, b.address()}); });
  a.wait_for_connection();
  REQUIRE(a.seen().connected.front().node == b.id());
  REQUIRE(a.seen().admitted.empty());
}

TEST_CASE("two ways to one node are one connection, and the other takes over") {
  TestNode a(1);
  TestNode b(2);
  const Endpoint other_name{"localhost", b.address().port};
  a.dial(b);
  a.wait_for_connection();
  a.on_loop([&](Peers& peers) { peers.set_seeds({other_name}); });
  b.wait_until("the second stream came",
               [](const Seen& seen) { return seen.admitted.size() >= 2; });
  a.on_loop([&](Peers& peers) { peers.forget(b.id()); });
  // Not connected for the moment that the second handshake takes; then by the other name.
  while (!a.ask(b.id(), "still there").get()) {
    REQUIRE(a.seen().lost.empty());
  }
  a.send(b.id(), 8);
  wait_for_messages(b, 1);
  REQUIRE(b.seen().lost.empty());
}

TEST_CASE("refused connects prove that no process is there") {
  TestNode a(1);
  auto b = std::make_unique<TestNode>(2);
  connect(a, *b);
  REQUIRE_FALSE(a.probe(b->id()));
  REQUIRE_FALSE(a.probe(NodeId(7)));  // never heard of
  b->stop();
  a.wait_until("it lost node 2", [](const Seen& seen) { return !seen.lost.empty(); });
  REQUIRE(a.probe(b->id()));
}

TEST_CASE("what waits for one node has a limit") {
  TestNode a(1);
  TestNode b(2);
  connect(a, b);
  const std::size_t count = 3 * kQueueFramesMax;
  a.on_loop([&](Peers& peers) {
    // In one turn of the loop: nothing leaves but the first.
    for (std::size_t i = 0; i < count; ++i) {
      peers.send({{a.id(), {}}, {b.id(), {}}, raft::TimeoutNow{raft::Term(static_cast<int>(i))}});
    }
  });
  const auto traffic = a.peers().counters().by_node.at(b.id());
  REQUIRE(traffic.messages_dropped >= count - kQueueFramesMax - 1);
  wait_for_messages(b, kQueueFramesMax);
  // The oldest were kept, without a gap.
  const auto terms = terms_of(b.seen());
  for (std::size_t i = 0; i < kQueueFramesMax; ++i) REQUIRE(terms[i] == static_cast<int>(i));
}

TEST_CASE("the bytes that wait for one node have a limit") {
  TestNode a(1);
  TestNode b(2);
  connect(a, b);
  const auto third = SharedBytes::own(std::vector<std::uint8_t>(kQueueBytesMax / 3 + 1));
  constexpr std::size_t kCount = 5;
  a.on_loop([&](Peers& peers) {
    for (std::size_t i = 0; i < kCount; ++i) {
      raft::AppendRequest append;
      append.entries.push_back({Offset(0), raft::Term(0), raft::Command{third}});
      peers.send({{a.id(), {}}, {b.id(), {}}, append});
    }
  });
  // Two wait, and one more may have left.
  REQUIRE(a.peers().counters().by_node.at(b.id()).messages_dropped >= kCount - 3);
  wait_for_messages(b, 2);
}

TEST_CASE("after stop nothing runs, and the port is free") {
  TestNode a(1);
  TestNode b(2);
  connect(a, b);
  auto outcome = a.ask(b.id(), "?");
  outcome.wait();
  a.stop();
  a.stop();
  const auto seen_then = a.seen();
  b.send(a.id(), 1);
  a.send(b.id(), 1);
  a.dial(b);
  TestNode next(1, with_port(a.address().port, 2));
  connect(next, b);
  REQUIRE(a.seen().messages.size() == seen_then.messages.size());
  REQUIRE(a.seen().lost.size() == seen_then.lost.size());
}

TEST_CASE("a port in use is refused in one sentence") {
  TestNode a(1);
  Loop loop("second");
  Peers::Options options;
  options.bind = a.address();
  Peers::Handlers handlers;
  handlers.admit = [](const PeerIdentity&) { return Status(); };
  handlers.message = [](raft::Message) {};
  handlers.request = [](const PeerIdentity&, SharedBytes, Peers::Answer) {};
  const auto started = Peers::start(loop, options, std::move(handlers));
  REQUIRE_ERROR(started, ErrorCode::kAlreadyExists);
}

}  // namespace millrace::node
