#include "tests/unit/node/peer/certificates.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <ctime>
#include <fstream>
#include <iterator>

#include "base/check.h"

namespace millrace::node {
namespace {

using CertificatePtr = std::unique_ptr<X509, decltype(&X509_free)>;
using KeyPtr = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

KeyPtr make_key() {
  return {EVP_EC_gen("P-256"), &EVP_PKEY_free};
}

void add_extension(X509* certificate, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  auto* const extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
  CHECK(extension != nullptr);
  CHECK(X509_add_ext(certificate, extension, -1) == 1);
  X509_EXTENSION_free(extension);
}

CertificatePtr make_certificate(const std::string& common_name, EVP_PKEY* key, X509* issuer,
                                std::int64_t begin, std::int64_t end) {
  static long serial = 1;
  CertificatePtr made(X509_new(), &X509_free);
  X509_set_version(made.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(made.get()), serial++);
  ASN1_TIME_set(X509_getm_notBefore(made.get()), begin);
  ASN1_TIME_set(X509_getm_notAfter(made.get()), end);
  auto* const name = X509_get_subject_name(made.get());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(common_name.c_str()), -1, -1,
                             0);
  X509_set_issuer_name(made.get(), issuer == nullptr ? name : X509_get_subject_name(issuer));
  X509_set_pubkey(made.get(), key);
  return made;
}

template <class Write>
void write_file(const std::string& path, Write write) {
  const auto beside = path + ".new";
  BIO* const file = BIO_new_file(beside.c_str(), "wb");
  CHECK(file != nullptr);
  CHECK(write(file) == 1);
  BIO_free(file);
  CHECK(std::rename(beside.c_str(), path.c_str()) == 0);
}

}  // namespace

struct TestCa::Impl {
  KeyPtr key = make_key();
  CertificatePtr certificate{nullptr, &X509_free};
  mutable std::int64_t last_expiry = 0;
};

TestCa::TestCa() : impl_(std::make_unique<Impl>()) {
  const auto now = std::time(nullptr);
  auto& made = impl_->certificate;
  made = make_certificate("test CA", impl_->key.get(), nullptr, now - 86'400, now + 86'400 * 9);
  add_extension(made.get(), made.get(), NID_basic_constraints, "critical,CA:TRUE");
  add_extension(made.get(), made.get(), NID_key_usage, "critical,keyCertSign,cRLSign");
  CHECK(X509_sign(made.get(), impl_->key.get(), EVP_sha256()) > 0);
}

TestCa::~TestCa() = default;

PeerTls TestCa::issue(const std::string& prefix, const Wish& wish) const {
  const auto now = std::time(nullptr);
  const auto key = make_key();
  const std::int64_t begin = now + std::chrono::seconds(wish.begins).count();
  impl_->last_expiry = now + std::chrono::seconds(wish.ends).count();
  const auto made =
      make_certificate("node", key.get(), impl_->certificate.get(), begin, impl_->last_expiry);
  if (!wish.uri.empty()) {
    add_extension(made.get(), impl_->certificate.get(), NID_subject_alt_name, "URI:" + wish.uri);
  }
  CHECK(X509_sign(made.get(), impl_->key.get(), EVP_sha256()) > 0);
  PeerTls files{prefix + ".crt", prefix + ".key", prefix + ".ca"};
  write_file(files.key_file, [&](BIO* to) {
    return PEM_write_bio_PKCS8PrivateKey(to, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  });
  write_file(files.certificate_file, [&](BIO* to) { return PEM_write_bio_X509(to, made.get()); });
  write_file(files.ca_file,
             [&](BIO* to) { return PEM_write_bio_X509(to, impl_->certificate.get()); });
  return files;
}

PeerTls TestCa::issue(const std::string& prefix, const CertifiedName& name) const {
  Wish wish;
  wish.uri = name_uri(name);
  return issue(prefix, wish);
}

std::int64_t TestCa::last_expiry_ms() const {
  return impl_->last_expiry * 1000;
}

}  // namespace millrace::node
