#include "node/config/quorum_config.h"

#include <absl/strings/numbers.h>
#include <fmt/format.h>

namespace millrace::node {
namespace {

constexpr const char* kVoters = "controller.quorum.voters";
constexpr const char* kBootstrap = "controller.quorum.bootstrap.servers";
constexpr const char* kCertificate = "millrace.peer.tls.certificate.file";
constexpr const char* kKey = "millrace.peer.tls.key.file";
constexpr const char* kCa = "millrace.peer.tls.ca.file";

tl::unexpected<Error> refuse(std::string message) {
  return fail(ErrorCode::kInvalidConfig, std::move(message));
}

/// An address that can be dialled.
Result<Endpoint> parse_address(const char* setting, std::string_view text) {
  auto endpoint = parse_endpoint(text);
  if (!endpoint) return fail_in(setting, endpoint.error());
  if (is_wildcard(endpoint->host) || endpoint->port == 0)
    return refuse(fmt::format("{}: '{}' is no HOST:PORT that can be reached", setting, text));
  return endpoint;
}

Result<std::map<NodeId, Endpoint>> parse_voters(const std::vector<std::string>& items) {
  std::map<NodeId, Endpoint> voters;
  for (const auto& item : items) {
    const auto at = item.find('@');
    std::int32_t id = -1;
    if (at == std::string::npos || !absl::SimpleAtoi(item.substr(0, at), &id) || id < 0)
      return refuse(fmt::format("{}: '{}' is not ID@HOST:PORT", kVoters, item));
    ASSIGN_OR_RETURN(auto address, parse_address(kVoters, std::string_view(item).substr(at + 1)));
    if (!voters.emplace(NodeId(id), std::move(address)).second)
      return refuse(fmt::format("{}: node {} is named twice", kVoters, id));
  }
  return voters;
}

Result<std::optional<PeerTls>> tls_of(const Settings& settings, const ListenerSpec& listener) {
  const PeerTls tls{settings.text(kCertificate), settings.text(kKey), settings.text(kCa)};
  const bool any = !tls.certificate_file.empty() || !tls.key_file.empty() || !tls.ca_file.empty();
  const bool all = !tls.certificate_file.empty() && !tls.key_file.empty() && !tls.ca_file.empty();
  const bool plaintext = settings.text("millrace.peer.plaintext") == "allow";
  if (all && !plaintext) return std::optional(tls);
  if (!any && plaintext) return std::optional<PeerTls>();
  if (plaintext) {
    return refuse(
        "millrace.peer.plaintext: allow contradicts millrace.peer.tls.*; take one of "
        "them away");
  }
  return refuse(
      fmt::format("listeners: {} is for other nodes, which talk over TLS: set {}, {} and "
                  "{} (millrace tls init-ca, then tls issue, make the files)",
                  listener.name, kCertificate, kKey, kCa));
}

}  // namespace

Result<QuorumConfig> make_quorum_config(const Settings& settings, const ListenerMap& listeners) {
  QuorumConfig config;
  ASSIGN_OR_RETURN(config.voters, parse_voters(settings.get_list(kVoters)));
  for (const auto& item : settings.get_list(kBootstrap)) {
    ASSIGN_OR_RETURN(auto address, parse_address(kBootstrap, item));
    config.bootstrap_servers.push_back(std::move(address));
  }
  config.auto_join = settings.get_bool("controller.quorum.auto.join.enable");
  if (listeners.controllers.size() > 1) {
    return refuse(
        "controller.listener.names: other nodes reach this one at one listener; "
        "name one");
  }
  if (!listeners.controllers.empty()) {
    config.listener = listeners.controllers.front();
    ASSIGN_OR_RETURN(config.tls, tls_of(settings, *config.listener));
  } else if (config.is_configured()) {
    return refuse(
        fmt::format("{}: no listener is for other nodes: add CONTROLLER://HOST:9093 to "
                    "listeners and set controller.listener.names=CONTROLLER",
                    config.voters.empty() ? kBootstrap : kVoters));
  }
  return config;
}

}  // namespace millrace::node
