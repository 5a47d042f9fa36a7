#include "node/config/listeners.h"

#include <absl/strings/ascii.h>
#include <absl/strings/str_split.h>
#include <fmt/format.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>

namespace millrace::node {
namespace {

std::vector<std::string> split_list(const std::string& text) {
  std::vector<std::string> items;
  for (const auto& item : absl::StrSplit(text, ',')) {
    auto stripped = absl::StripAsciiWhitespace(item);
    if (!stripped.empty()) items.emplace_back(stripped);
  }
  return items;
}

using ProtocolMap = std::map<std::string, std::string>;

Result<ProtocolMap> parse_protocol_map(const std::string& text) {
  static const std::set<std::string> kProtocols = {"PLAINTEXT", "SSL", "SASL_PLAINTEXT",
                                                   "SASL_SSL"};
  ProtocolMap map;
  for (const auto& each : kProtocols) map[each] = each;
  for (const auto& item : split_list(text)) {
    const auto colon = item.find(':');
    const auto protocol = colon == std::string::npos ? "" : item.substr(colon + 1);
    if (!kProtocols.contains(protocol)) {
      return fail(
          ErrorCode::kInvalidConfig,
          fmt::format("listener.security.protocol.map: '{}' is not NAME:PROTOCOL with one of "
                      "PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL",
                      item));
    }
    map[item.substr(0, colon)] = protocol;
  }
  return map;
}

/// NAME://HOST:PORT
Result<std::pair<std::string, Endpoint>> parse_uri(const std::string& text, const char* setting) {
  const auto slashes = text.find("://");
  if (slashes == std::string::npos || slashes == 0) {
    return fail(ErrorCode::kInvalidConfig,
                fmt::format("{}: '{}' is not NAME://HOST:PORT", setting, text));
  }
  auto endpoint = parse_endpoint(std::string_view(text).substr(slashes + 3));
  if (!endpoint) return fail_in(setting, endpoint.error());
  return std::make_pair(absl::AsciiStrToUpper(text.substr(0, slashes)), std::move(*endpoint));
}

Result<std::map<std::string, Endpoint>> parse_uris(const std::string& text, const char* setting) {
  std::map<std::string, Endpoint> all;
  for (const auto& item : split_list(text)) {
    ASSIGN_OR_RETURN(auto uri, parse_uri(item, setting));
    if (!all.insert(uri).second) {
      return fail(ErrorCode::kInvalidConfig,
                  fmt::format("{}: the name {} appears twice", setting, uri.first));
    }
  }
  return all;
}

Status refuse_unless_plaintext(const std::string& name, const std::string& protocol) {
  if (protocol == "PLAINTEXT") return {};
  return fail(ErrorCode::kInvalidConfig,
              fmt::format("listeners: {} asks for {}, which this version does not have yet; only "
                          "PLAINTEXT listeners work",
                          name, protocol));
}

Result<std::string> protocol_of(const std::string& name, const ProtocolMap& protocols) {
  const auto protocol = protocols.find(name);
  if (protocol == protocols.end()) {
    return fail(ErrorCode::kInvalidConfig,
                fmt::format("listeners: {} has no entry in listener.security.protocol.map", name));
  }
  RETURN_IF_ERROR(refuse_unless_plaintext(name, protocol->second));
  return protocol->second;
}

Result<ListenerSpec> make_spec(const std::string& name, const std::string& protocol,
                               const Endpoint& bind,
                               const std::map<std::string, Endpoint>& advertised) {
  ListenerSpec spec{name, protocol, bind, bind};
  const auto found = advertised.find(name);
  if (found != advertised.end()) {
    spec.advertised = found->second;
    if (is_wildcard(spec.advertised.host)) {
      return fail(
          ErrorCode::kInvalidConfig,
          fmt::format("advertised.listeners: {} needs a host that clients can reach, not all "
                      "addresses",
                      name));
    }
  } else if (is_wildcard(bind.host)) {
    spec.advertised.host.clear();
  }
  return spec;
}

bool is_own_address(const std::string& address, const ifaddrs* interfaces) {
  for (const auto* each = interfaces; each != nullptr; each = each->ifa_next) {
    if (each->ifa_addr == nullptr) continue;
    const auto family = each->ifa_addr->sa_family;
    if (family != AF_INET && family != AF_INET6) continue;
    sockaddr_storage storage{};
    std::copy_n(reinterpret_cast<const char*>(each->ifa_addr),
                family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6),
                reinterpret_cast<char*>(&storage));
    if (address_text(storage) == address) return true;
  }
  return false;
}

std::optional<std::string> first_public_address(const ifaddrs* interfaces) {
  for (const auto* each = interfaces; each != nullptr; each = each->ifa_next) {
    if (each->ifa_addr == nullptr || each->ifa_addr->sa_family != AF_INET) continue;
    if ((each->ifa_flags & IFF_LOOPBACK) != 0 || (each->ifa_flags & IFF_UP) == 0) continue;
    sockaddr_storage storage{};
    std::copy_n(reinterpret_cast<const char*>(each->ifa_addr), sizeof(sockaddr_in),
                reinterpret_cast<char*>(&storage));
    return address_text(storage);
  }
  return std::nullopt;
}

bool resolves_to_own_address(const std::string& host, const ifaddrs* interfaces) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(host.c_str(), nullptr, &hints, &found) != 0) return false;
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> list(found, &freeaddrinfo);
  for (const auto* each = found; each != nullptr; each = each->ai_next) {
    sockaddr_storage storage{};
    std::copy_n(reinterpret_cast<const char*>(each->ai_addr), each->ai_addrlen,
                reinterpret_cast<char*>(&storage));
    if (is_own_address(address_text(storage), interfaces)) return true;
  }
  return false;
}

}  // namespace

bool is_wildcard(const std::string& host) {
  return host.empty() || host == "0.0.0.0" || host == "::";
}

Result<ListenerMap> parse_listeners(const ListenerSettings& settings) {
  ASSIGN_OR_RETURN(const auto protocols, parse_protocol_map(settings.security_protocol_map));
  ASSIGN_OR_RETURN(const auto binds, parse_uris(settings.listeners, "listeners"));
  ASSIGN_OR_RETURN(const auto advertised,
                   parse_uris(settings.advertised_listeners, "advertised.listeners"));
  const auto controller_names = split_list(settings.controller_listener_names);
  for (const auto& [name, endpoint] : advertised) {
    if (!binds.contains(name)) {
      return fail(ErrorCode::kInvalidConfig,
                  fmt::format("advertised.listeners: {} is not in listeners", name));
    }
  }
  ListenerMap map;
  for (const auto& [name, bind] : binds) {
    if (std::count(controller_names.begin(), controller_names.end(), name) > 0) {
      ASSIGN_OR_RETURN(auto spec, make_spec(name, "peer", bind, advertised));
      map.controllers.push_back(std::move(spec));
      continue;
    }
    ASSIGN_OR_RETURN(const auto protocol, protocol_of(name, protocols));
    ASSIGN_OR_RETURN(auto spec, make_spec(name, protocol, bind, advertised));
    map.clients.push_back(std::move(spec));
  }
  if (map.clients.empty()) {
    return fail(ErrorCode::kInvalidConfig, "listeners: clients need at least one listener");
  }
  return map;
}

std::string default_advertised_host() {
  ifaddrs* raw = nullptr;
  if (getifaddrs(&raw) != 0) return "127.0.0.1";
  const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> interfaces(raw, &freeifaddrs);
  char name[256] = "";
  if (gethostname(name, sizeof name - 1) == 0 && name[0] != '\0' &&
      resolves_to_own_address(name, interfaces.get())) {
    return name;
  }
  return first_public_address(interfaces.get()).value_or("127.0.0.1");
}

}  // namespace millrace::node
