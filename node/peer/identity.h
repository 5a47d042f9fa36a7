#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "node/net/endpoint.h"

namespace millrace::node {

/// Closed: both ends are spoken.
struct VersionRange {
  std::int16_t min = 1;
  std::int16_t max = 1;

  friend bool operator==(const VersionRange&, const VersionRange&) = default;
};

/// Who a node says it is when a connection begins. Only `node` (and the cluster) are proven, by its
/// certificate; without TLS nothing is.
struct PeerIdentity {
  NodeId node = kNoNode;
  DirectoryId directory;
  IncarnationId incarnation;
  Endpoint advertised;    // where others reach its peer port
  VersionRange versions;  // of millrace.version

  friend bool operator==(const PeerIdentity&, const PeerIdentity&) = default;
};

/// PEM files: a certificate (with the chain up to the CA, if it is longer), its PKCS#8 key without
/// a password, and the cluster's CA. Read again when they change, without a restart.
struct PeerTls {
  std::string certificate_file;
  std::string key_file;
  std::string ca_file;
};

/// What a certificate proves: a node of a cluster.
struct CertifiedName {
  Uuid cluster_id;
  NodeId node;

  friend bool operator==(const CertifiedName&, const CertifiedName&) = default;
};

/// `millrace://CLUSTER_ID/node/NODE_ID`: the subject alternative name (URI) of a node's
/// certificate.
std::string name_uri(const CertifiedName& name);
/// Nothing when `uri` is anything else.
std::optional<CertifiedName> parse_name_uri(std::string_view uri);
/// The one name among a certificate's URIs. Errors, one sentence each: kInvalidConfig when there is
/// none or more than one, or when it names a cluster other than `cluster_id`.
Result<CertifiedName> find_name(const std::vector<std::string>& uris, const Uuid& cluster_id);

}  // namespace millrace::node
