#include "tests/unit/cli/support/tls_identity.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>

#include "base/check.h"

namespace millrace::cli::test {
namespace {

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;

void add_extension(X509* certificate, int id, const char* value) {
  const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> extension(
      X509V3_EXT_conf_nid(nullptr, nullptr, id, value), X509_EXTENSION_free);
  CHECK(extension != nullptr);
  CHECK(X509_add_ext(certificate, extension.get(), -1) == 1);
}

Certificate self_signed(EVP_PKEY* key) {
  Certificate certificate(X509_new(), X509_free);
  X509_set_version(certificate.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
  X509_set_pubkey(certificate.get(), key);
  X509_NAME* const name = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("localhost"), -1, -1, 0);
  X509_set_issuer_name(certificate.get(), name);
  add_extension(certificate.get(), NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1");
  add_extension(certificate.get(), NID_basic_constraints, "critical,CA:TRUE");
  CHECK(X509_sign(certificate.get(), key, EVP_sha256()) > 0);
  return certificate;
}

std::string write_to_temporary_file(X509* certificate) {
  std::string path = "/tmp/millrace-cli-test-XXXXXX";
  const int descriptor = ::mkstemp(path.data());
  CHECK(descriptor >= 0);
  FILE* const file = ::fdopen(descriptor, "w");
  CHECK(PEM_write_X509(file, certificate) == 1);
  std::fclose(file);
  return path;
}

}  // namespace

TlsIdentity::TlsIdentity() : context_(SSL_CTX_new(TLS_server_method()), SSL_CTX_free) {
  // OpenSSL writes to sockets without MSG_NOSIGNAL; a client that hung up must not end the test.
  std::signal(SIGPIPE, SIG_IGN);
  const Key key(EVP_EC_gen("P-256"), EVP_PKEY_free);
  CHECK(key != nullptr);
  const auto certificate = self_signed(key.get());
  CHECK(SSL_CTX_use_certificate(context_.get(), certificate.get()) == 1);
  CHECK(SSL_CTX_use_PrivateKey(context_.get(), key.get()) == 1);
  file_ = write_to_temporary_file(certificate.get());
}

TlsIdentity::~TlsIdentity() {
  ::unlink(file_.c_str());
}

}  // namespace millrace::cli::test
