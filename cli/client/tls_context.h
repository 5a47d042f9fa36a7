#pragma once

#include <openssl/ssl.h>

#include <optional>
#include <string>

#include "cli/client/tls_options.h"

namespace boost::asio::ssl {
class context;
}

namespace millrace::cli {

/// Loads certificates and keys. Returns what is wrong, or nothing.
std::optional<std::string> configure_tls(boost::asio::ssl::context& context,
                                         const TlsOptions& options);

/// Server name and host name check of one connection. Returns false when the name is refused.
bool prepare_tls(SSL* handle, const std::string& host, const TlsOptions& options);

}  // namespace millrace::cli
