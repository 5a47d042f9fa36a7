#include "node/peer/handshake.h"

#include <functional>

#include "tests/support/catch.h"

namespace millrace::node {
namespace {

const Uuid kCluster{{1}};
const Uuid kOtherCluster{{2}};

HandshakeRules rules_of(std::int32_t node) {
  HandshakeRules rules;
  rules.cluster_id = kCluster;
  rules.self.node = NodeId(node);
  rules.self.incarnation = IncarnationId(Uuid({static_cast<std::uint8_t>(node)}));
  rules.tls = true;
  return rules;
}

std::vector<std::string> certificate_of(std::int32_t node, const Uuid& cluster = kCluster) {
  return {name_uri({cluster, NodeId(node)})};
}

}  // namespace

TEST_CASE("a Hello is judged in one sentence") {
  struct Case {
    std::string what;
    std::function<void(PeerHello&)> change;
    std::vector<std::string> uris;
    std::optional<NodeId> expected;
    std::string sentence;  // a part; empty: accepted
  };
  const auto nothing = [](PeerHello&) {};
  const std::vector<Case> cases = {
      {"good", nothing, certificate_of(2), NodeId(2), ""},
      {"good at a seed", nothing, certificate_of(2), std::nullopt, ""},
      {"another cluster", [](PeerHello& hello) { hello.cluster_id = kOtherCluster; },
       certificate_of(2), NodeId(2), "belongs to cluster"},
      {"another node than expected", nothing, certificate_of(2), NodeId(3),
       "node 2 answers at the address of node 3"},
      {"another node's certificate", nothing, certificate_of(3), NodeId(2),
       "with the certificate of node 3"},
      {"another cluster's certificate", nothing, certificate_of(2, kOtherCluster), NodeId(2),
       "the certificate belongs to cluster"},
      {"no certificate", nothing, {}, NodeId(2), "names no node"},
      {"newer frames", [](PeerHello& hello) { hello.frames = {7, 9}; }, certificate_of(2),
       NodeId(2), "upgrade the older one"},
      {"our own node id, elsewhere", [](PeerHello& hello) { hello.identity.node = NodeId(1); },
       certificate_of(1), std::nullopt, "two nodes run with node.id 1"},
  };
  for (const auto& [what, change, uris, expected, sentence] : cases) {
    INFO(what);
    auto hello = hello_of(rules_of(2));
    change(hello);
    const auto judged = check_hello(rules_of(1), hello, uris, expected);
    REQUIRE(judged.has_value() == sentence.empty());
    if (!judged) REQUIRE(judged.error().message.find(sentence) != std::string::npos);
  }
  REQUIRE_OK(check_hello(rules_of(1), hello_of(rules_of(1)), certificate_of(1), std::nullopt));
}

TEST_CASE("without TLS a certificate is not asked for") {
  auto rules = rules_of(1);
  rules.tls = false;
  REQUIRE_OK(check_hello(rules, hello_of(rules_of(2)), {}, NodeId(2)));
}

TEST_CASE("a question's header is judged as a Hello is") {
  const Question good{kCluster, NodeId(2), {}, NodeId(1), {}};
  REQUIRE_OK(check_question(rules_of(1), good, certificate_of(2)));
  REQUIRE_ERROR(check_question(rules_of(1), good, certificate_of(3)), ErrorCode::kInvalidConfig);
  REQUIRE_ERROR(check_question(rules_of(3), good, certificate_of(2)), ErrorCode::kInvalidConfig);
  auto other = good;
  other.cluster_id = kOtherCluster;
  REQUIRE_ERROR(check_question(rules_of(1), other, certificate_of(2)), ErrorCode::kInvalidConfig);
}

}  // namespace millrace::node
