#include "node/peer/handshake.h"

#include <fmt/format.h>

#include "node/config/version.h"
#include "node/peer/constants.h"

namespace millrace::node {
namespace {

tl::unexpected<Error> refuse(std::string sentence) {
  return fail(ErrorCode::kInvalidConfig, std::move(sentence));
}

Status check_cluster(const HandshakeRules& rules, const Uuid& cluster_id, NodeId node) {
  if (cluster_id == rules.cluster_id) return {};
  return refuse(fmt::format(
      "node {} belongs to cluster {}, node {} to cluster {}; correct the "
      "address, or format the node for the right cluster",
      node.value(), cluster_id.to_string(), rules.self.node.value(), rules.cluster_id.to_string()));
}

Status check_certificate(const HandshakeRules& rules, NodeId node,
                         const std::vector<std::string>& uris) {
  if (!rules.tls) return {};
  ASSIGN_OR_RETURN(const auto name, find_name(uris, rules.cluster_id));
  if (name.node == node) return {};
  return refuse(fmt::format(
      "a node says it is node {} with the certificate of node {}; give it its own, from "
      "'millrace tls issue --node {} --cluster-id {}'",
      node.value(), name.node.value(), node.value(), rules.cluster_id.to_string()));
}

Status check_frames(const HandshakeRules& rules, const PeerHello& hello) {
  if (hello.frames.min <= kFrameVersions.max && kFrameVersions.min <= hello.frames.max) return {};
  return fail(
      ErrorCode::kUnsupportedVersion,
      fmt::format("node {} ({}) speaks versions {} to {} of the frames between nodes, node {} "
                  "({}) {} to {}; upgrade the older one",
                  hello.identity.node.value(), hello.software, hello.frames.min, hello.frames.max,
                  rules.self.node.value(), kVersion, kFrameVersions.min, kFrameVersions.max));
}

Status check_node(const HandshakeRules& rules, const PeerIdentity& identity,
                  std::optional<NodeId> expected) {
  if (expected && identity.node != *expected) {
    return refuse(fmt::format("node {} answers at the address of node {}; correct the address",
                              identity.node.value(), expected->value()));
  }
  if (identity.node == rules.self.node && identity.incarnation != rules.self.incarnation) {
    return refuse(fmt::format("two nodes run with node.id {}; give one of them another",
                              identity.node.value()));
  }
  return {};
}

}  // namespace

PeerHello hello_of(const HandshakeRules& rules) {
  return {rules.cluster_id, rules.self, kFrameVersions, std::string(kVersion)};
}

Status check_hello(const HandshakeRules& rules, const PeerHello& hello,
                   const std::vector<std::string>& uris, std::optional<NodeId> expected) {
  RETURN_IF_ERROR(check_cluster(rules, hello.cluster_id, hello.identity.node));
  RETURN_IF_ERROR(check_certificate(rules, hello.identity.node, uris));
  RETURN_IF_ERROR(check_frames(rules, hello));
  return check_node(rules, hello.identity, expected);
}

Status check_question(const HandshakeRules& rules, const Question& question,
                      const std::vector<std::string>& uris) {
  RETURN_IF_ERROR(check_cluster(rules, question.cluster_id, question.from));
  RETURN_IF_ERROR(check_certificate(rules, question.from, uris));
  if (question.to == rules.self.node) return {};
  return refuse(fmt::format("a question for node {} reached node {}; correct the address",
                            question.to.value(), rules.self.node.value()));
}

}  // namespace millrace::node
