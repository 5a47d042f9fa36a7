#pragma once

#include "base/ids.h"
#include "node/peer/identity.h"

namespace millrace::node {

/// Whether a node can speak with these files: they can be read, the key fits, the certificate is in
/// force, comes from the CA and names this node of this cluster. Errors: kInvalidConfig, one
/// sentence that names the file and says what to do.
Status check_tls_files(const PeerTls& files, const CertifiedName& self, TimestampMs now);

/// Errors: kInvalidConfig when the file holds no certificate.
Result<TimestampMs> certificate_expiry(const std::string& certificate_file);

}  // namespace millrace::node
