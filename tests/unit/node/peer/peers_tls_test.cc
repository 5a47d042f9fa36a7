#include "tests/unit/node/peer/certificates.h"
#include "tests/unit/node/peer/test_node.h"
#include "tests/unit/node/temporary_directory.h"

/// Peers with certificates. What the files have to be is tls_files_test.cc's subject.
namespace millrace::node {
namespace {

TestNode::Wish with_tls(const PeerTls& files) {
  TestNode::Wish wish;
  wish.tls = files;
  return wish;
}

}  // namespace

TEST_CASE("nodes with certificates of one cluster speak") {
  const TemporaryDirectory directory;
  const TestCa ca;
  TestNode a(1, with_tls(ca.issue(directory.path() + "/1", {kTestClusterId, NodeId(1)})));
  TestNode b(2, with_tls(ca.issue(directory.path() + "/2", {kTestClusterId, NodeId(2)})));
  connect(a, b);
  a.send(b.id(), 3);
  b.wait_until("the message came", [](const Seen& seen) { return seen.messages.size() == 1; });
  REQUIRE_OK(a.ask(b.id(), "?").get());
  REQUIRE(b.peers().certificate_expires_at() == TimestampMs(ca.last_expiry_ms()));
}

TEST_CASE("a certificate of another cluster, node or CA does not connect") {
  const TemporaryDirectory directory;
  const TestCa ca;
  const TestCa other_ca;
  const Uuid other_cluster{{5}};
  TestNode b(2, with_tls(ca.issue(directory.path() + "/2", {kTestClusterId, NodeId(2)})));

  SECTION("another CA") {
    TestNode a(1, with_tls(other_ca.issue(directory.path() + "/1", {kTestClusterId, NodeId(1)})));
    a.dial(b);
    a.wait_until("it failed", [](const Seen& seen) { return !seen.refused.empty(); });
    REQUIRE(a.seen().connected.empty());
  }
  SECTION("another cluster") {
    auto wish = with_tls(ca.issue(directory.path() + "/1", {other_cluster, NodeId(1)}));
    wish.cluster_id = other_cluster;
    TestNode a(1, wish);
    a.dial(b);
    a.wait_until("it failed", [](const Seen& seen) { return !seen.refused.empty(); });
    REQUIRE(a.seen().connected.empty());
  }
  SECTION("another node: renewed with the wrong file while it runs") {
    const auto prefix = directory.path() + "/1";
    TestNode a(1, with_tls(ca.issue(prefix, {kTestClusterId, NodeId(1)})));
    ca.issue(prefix, {kTestClusterId, NodeId(3)});
    // Until the files are read again the old one is shown, and the next attempt comes at once.
    constexpr std::size_t kAttemptsMax = 100'000;
    for (std::size_t attempt = 1; a.seen().refused.empty(); ++attempt) {
      REQUIRE(attempt < kAttemptsMax);
      a.dial(b);
      a.wait_until("an attempt ended", [attempt](const Seen& seen) {
        return !seen.refused.empty() || seen.connected.size() >= attempt;
      });
      a.on_loop([&](Peers& peers) { peers.forget(b.id()); });
    }
    REQUIRE(a.seen().refused.front().find("with the certificate of node 3") != std::string::npos);
  }
  REQUIRE(b.seen().messages.empty());
}

TEST_CASE("plaintext and TLS do not mix") {
  const TemporaryDirectory directory;
  const TestCa ca;
  TestNode plain(1);
  TestNode tls(2, with_tls(ca.issue(directory.path() + "/2", {kTestClusterId, NodeId(2)})));
  plain.dial(tls);
  tls.dial(plain);
  for (auto* node : {&plain, &tls}) {
    node->wait_until("it failed", [](const Seen& seen) { return !seen.refused.empty(); });
    REQUIRE(node->seen().connected.empty());
    REQUIRE(node->seen().admitted.empty());
  }
  tls.wait_for_refusal("runs without TLS or with the CA of another cluster");
}

TEST_CASE("a renewed certificate is used without a restart") {
  const TemporaryDirectory directory;
  const TestCa ca;
  const auto prefix = directory.path() + "/1";
  TestCa::Wish nearly_over;
  nearly_over.uri = name_uri({kTestClusterId, NodeId(1)});
  nearly_over.ends = std::chrono::hours(1);
  TestNode a(1, with_tls(ca.issue(prefix, nearly_over)));
  const auto before = a.peers().certificate_expires_at();
  ca.issue(prefix, {kTestClusterId, NodeId(1)});
  REQUIRE(a.peers().certificate_expires_at() > before);

  // A CA of its own takes the place of all files: only those who read them again speak.
  const TestCa new_ca;
  new_ca.issue(prefix, {kTestClusterId, NodeId(1)});
  TestNode b(2, with_tls(new_ca.issue(directory.path() + "/2", {kTestClusterId, NodeId(2)})));
  connect(a, b);
}

TEST_CASE("files that do not do are refused at the start") {
  const TemporaryDirectory directory;
  Loop loop("refused");
  Peers::Options options;
  options.cluster_id = kTestClusterId;
  options.self.node = NodeId(1);
  options.bind = {"127.0.0.1", 0};
  options.tls = PeerTls{directory.path() + "/none.crt", directory.path() + "/none.key",
                        directory.path() + "/none.ca"};
  Peers::Handlers handlers;
  handlers.admit = [](const PeerIdentity&) { return Status(); };
  handlers.message = [](raft::Message) {};
  handlers.request = [](const PeerIdentity&, SharedBytes, Peers::Answer) {};
  REQUIRE_ERROR(Peers::start(loop, options, std::move(handlers)), ErrorCode::kInvalidConfig);
}

}  // namespace millrace::node
