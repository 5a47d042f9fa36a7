#pragma once

#include <string>
#include <vector>

#include "base/ids.h"
#include "base/result.h"

/// Certificates for the traffic between nodes: one authority of the cluster, one certificate for
/// each node. Bytes in, bytes out; files are key_files.h. OpenSSL stays in the .cc file.
namespace millrace::cli {

/// A certificate and the key that fits it (EC P-256, PKCS #8), both PEM.
struct Identity {
  std::string certificate;
  std::string key;
};

/// What a node's certificate says.
struct NodeCertificate {
  NodeId node;
  std::string cluster_id;
  std::vector<std::string> hosts;  // names and addresses that clients connect to
  int days = 0;
};

/// How a node is named in its certificate: `millrace://CLUSTER_ID/node/N`.
std::string node_uri(const std::string& cluster_id, NodeId node);

/// A new authority, valid from an hour ago, for clocks differ. Errors: kIo (OpenSSL has no
/// randomness).
Result<Identity> make_authority(int days);

/// Errors: kCorrupt (the authority is not a certificate with its key), kInvalidArgument (it has
/// expired, or a host is neither a name nor an address), kIo. The certificate ends with the
/// authority's at the latest.
Result<Identity> issue_certificate(const Identity& authority, const NodeCertificate& wanted);

/// "2027-11-28", the last day on which the certificate holds. Requires: one that was made here.
std::string last_day_of(const std::string& certificate);

}  // namespace millrace::cli
