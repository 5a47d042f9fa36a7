#include "cli/client/endpoint.h"

#include <fmt/format.h>

#include <charconv>
#include <optional>

namespace millrace::cli {
namespace {

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  unsigned port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (port == 0 || port > 65535) return std::nullopt;
  return static_cast<std::uint16_t>(port);
}

std::optional<Endpoint> parse_one(std::string_view text) {
  std::string_view host = text;
  std::string_view rest;
  if (text.starts_with('[')) {
    const auto close = text.find(']');
    if (close == std::string_view::npos) return std::nullopt;
    host = text.substr(1, close - 1);
    rest = text.substr(close + 1);
  } else if (const auto colon = text.find(':'); colon != std::string_view::npos) {
    host = text.substr(0, colon);
    rest = text.substr(colon);
  }
  if (host.empty() || host.find_first_of(" /@") != std::string_view::npos) return std::nullopt;
  if (rest.empty()) return Endpoint{std::string(host), kDefaultKafkaPort};
  const auto port = rest.front() == ':' ? parse_port(rest.substr(1)) : std::nullopt;
  if (!port) return std::nullopt;
  return Endpoint{std::string(host), *port};
}

}  // namespace

std::string Endpoint::text() const {
  const bool is_ipv6 = host.find(':') != std::string::npos;
  return fmt::format("{}{}{}:{}", is_ipv6 ? "[" : "", host, is_ipv6 ? "]" : "", port);
}

Answer<std::vector<Endpoint>> parse_endpoints(std::string_view text, std::string_view origin) {
  const auto refused = [&](std::string_view part, std::string_view why) {
    return problem(usage_problem("--bootstrap-server",
                                 fmt::format("'{}' ({}) {}", part, origin, why),
                                 "write HOST:PORT, or several with commas between them"));
  };
  std::vector<Endpoint> endpoints;
  for (std::string_view left = text; !left.empty();) {
    const auto comma = std::min(left.find(','), left.size());
    const auto part = trimmed(left.substr(0, comma));
    left.remove_prefix(std::min(comma + 1, left.size()));
    if (part.empty()) continue;
    const auto endpoint = parse_one(part);
    if (!endpoint) return refused(part, "is not an address");
    endpoints.push_back(*endpoint);
  }
  if (endpoints.empty()) return refused(text, "names no address");
  if (endpoints.size() > kBootstrapServersMax) return refused("the list", "is too long");
  return endpoints;
}

}  // namespace millrace::cli
