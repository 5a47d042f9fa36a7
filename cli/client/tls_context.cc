#include "cli/client/tls_context.h"

#include <openssl/x509v3.h>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/context.hpp>

namespace millrace::cli {
namespace {

namespace ssl = boost::asio::ssl;
using boost::system::error_code;

std::optional<std::string> unusable(const char* what, const std::string& file,
                                    const error_code& error) {
  if (!error) return std::nullopt;
  return std::string(what) + " " + file + " cannot be used: " + error.message();
}

bool is_address(const std::string& host) {
  error_code error;
  boost::asio::ip::make_address(host, error);
  return !error;
}

std::optional<std::string> load_authorities(ssl::context& context, const TlsOptions& options) {
  error_code error;
  if (options.ca_file.empty()) {
    context.set_default_verify_paths(error);
    return unusable("the system's certificates", "", error);
  }
  context.load_verify_file(options.ca_file, error);
  return unusable("ssl.ca.location", options.ca_file, error);
}

std::optional<std::string> load_own_certificate(ssl::context& context, const TlsOptions& options) {
  error_code error;
  if (!options.certificate_file.empty()) {
    context.use_certificate_chain_file(options.certificate_file, error);
    if (error) return unusable("ssl.certificate.location", options.certificate_file, error);
  }
  if (!options.key_file.empty()) {
    context.set_password_callback(
        [password = options.key_password](auto, auto) { return password; }, error);
    context.use_private_key_file(options.key_file, ssl::context::pem, error);
  }
  return unusable("ssl.key.location", options.key_file, error);
}

}  // namespace

std::optional<std::string> configure_tls(ssl::context& context, const TlsOptions& options) {
  error_code error;
  context.set_options(ssl::context::no_tlsv1 | ssl::context::no_tlsv1_1, error);
  context.set_verify_mode(options.verify_certificate ? ssl::verify_peer : ssl::verify_none, error);
  if (auto wrong = load_authorities(context, options)) return wrong;
  return load_own_certificate(context, options);
}

bool prepare_tls(SSL* handle, const std::string& host, const TlsOptions& options) {
  const bool address = is_address(host);
  if (!address && SSL_set_tlsext_host_name(handle, host.c_str()) != 1) return false;
  if (!options.verify_certificate || !options.verify_host) return true;
  if (address) return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(handle), host.c_str()) == 1;
  return SSL_set1_host(handle, host.c_str()) == 1;
}

}  // namespace millrace::cli
