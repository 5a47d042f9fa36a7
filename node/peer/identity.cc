#include "node/peer/identity.h"

#include <fmt/format.h>

#include <charconv>

namespace millrace::node {
namespace {

constexpr std::string_view kScheme = "millrace://";
constexpr std::string_view kNodePart = "/node/";

}  // namespace

std::string name_uri(const CertifiedName& name) {
  return fmt::format("{}{}{}{}", kScheme, name.cluster_id.to_string(), kNodePart,
                     name.node.value());
}

std::optional<CertifiedName> parse_name_uri(std::string_view uri) {
  if (!uri.starts_with(kScheme)) return std::nullopt;
  const auto rest = uri.substr(kScheme.size());
  const auto slash = rest.find(kNodePart);
  if (slash == std::string_view::npos) return std::nullopt;
  const auto cluster = Uuid::parse(rest.substr(0, slash));
  std::int32_t node = -1;
  const auto digits = rest.substr(slash + kNodePart.size());
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), node);
  if (!cluster || read.ec != std::errc() || node < 0) return std::nullopt;
  const CertifiedName name{*cluster, NodeId(node)};
  // One spelling for one name: no sign, no leading zero, no space.
  if (name_uri(name) != uri) return std::nullopt;
  return name;
}

Result<CertifiedName> find_name(const std::vector<std::string>& uris, const Uuid& cluster_id) {
  std::optional<CertifiedName> found;
  for (const auto& uri : uris) {
    const auto name = parse_name_uri(uri);
    if (!name) continue;
    if (found) {
      return fail(ErrorCode::kInvalidConfig,
                  fmt::format("the certificate names two nodes, '{}' and '{}'; issue one for each",
                              name_uri(*found), uri));
    }
    found = name;
  }
  if (!found) {
    return fail(ErrorCode::kInvalidConfig,
                fmt::format("the certificate names no node: it has no URI like '{}'",
                            name_uri({cluster_id, NodeId(1)})));
  }
  if (found->cluster_id != cluster_id) {
    return fail(ErrorCode::kInvalidConfig,
                fmt::format("the certificate belongs to cluster {}, this is cluster {}",
                            found->cluster_id.to_string(), cluster_id.to_string()));
  }
  return *found;
}

}  // namespace millrace::node
