#include "cli/tls/certificates.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <ctime>
#include <memory>

#include "tests/support/catch.h"

namespace millrace::cli {
namespace {

const std::string kCluster = "K7aAPcfLQt2bqs1JTrrMgQ";
const NodeCertificate kWanted{NodeId(2), kCluster, {"node-2", "10.0.1.7", "::1"}, 30};

struct FreeObject {
  void operator()(X509* each) const { X509_free(each); }
  void operator()(EVP_PKEY* each) const { EVP_PKEY_free(each); }
  void operator()(X509_STORE* each) const { X509_STORE_free(each); }
  void operator()(X509_STORE_CTX* each) const { X509_STORE_CTX_free(each); }
  void operator()(BIO* each) const { BIO_free(each); }
  void operator()(GENERAL_NAMES* each) const { GENERAL_NAMES_free(each); }
};
template <class T>
using Owned = std::unique_ptr<T, FreeObject>;

Owned<X509> certificate_of(const Identity& identity) {
  const Owned<BIO> text(BIO_new_mem_buf(identity.certificate.data(), -1));
  return Owned<X509>(PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr));
}

Owned<EVP_PKEY> key_of(const Identity& identity) {
  const Owned<BIO> text(BIO_new_mem_buf(identity.key.data(), -1));
  return Owned<EVP_PKEY>(PEM_read_bio_PrivateKey(text.get(), nullptr, nullptr, nullptr));
}

/// What OpenSSL says of the chain: X509_V_OK, or why not. `days` from now.
int verify(const Identity& identity, const Identity& authority, int purpose, int days = 0) {
  const Owned<X509_STORE> store(X509_STORE_new());
  const auto ca = certificate_of(authority);
  REQUIRE(X509_STORE_add_cert(store.get(), ca.get()) == 1);
  const auto leaf = certificate_of(identity);
  const Owned<X509_STORE_CTX> context(X509_STORE_CTX_new());
  REQUIRE(X509_STORE_CTX_init(context.get(), store.get(), leaf.get(), nullptr) == 1);
  auto* const wanted = X509_STORE_CTX_get0_param(context.get());
  X509_VERIFY_PARAM_set_purpose(wanted, purpose);
  X509_VERIFY_PARAM_set_flags(wanted, X509_V_FLAG_X509_STRICT);
  X509_VERIFY_PARAM_set_time(wanted, std::time(nullptr) + days * 86'400L);
  return X509_verify_cert(context.get()) == 1 ? X509_V_OK : X509_STORE_CTX_get_error(context.get());
}

std::vector<std::string> uris_of(const Identity& identity) {
  const auto leaf = certificate_of(identity);
  const Owned<GENERAL_NAMES> names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(leaf.get(), NID_subject_alt_name, nullptr, nullptr)));
  std::vector<std::string> uris;
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const auto* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_URI) continue;
    const auto* text = name->d.uniformResourceIdentifier;
    uris.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                      static_cast<std::size_t>(ASN1_STRING_length(text)));
  }
  return uris;
}

struct Made {
  Identity authority = *make_authority(100);
  Identity node = *issue_certificate(authority, kWanted);
};

}  // namespace

TEST_CASE("a node's certificate serves and asks, and its chain holds") {
  const Made made;
  REQUIRE(verify(made.node, made.authority, X509_PURPOSE_SSL_SERVER) == X509_V_OK);
  REQUIRE(verify(made.node, made.authority, X509_PURPOSE_SSL_CLIENT) == X509_V_OK);
  REQUIRE(verify(made.node, made.authority, X509_PURPOSE_SMIME_SIGN) == X509_V_ERR_INVALID_PURPOSE);
  const auto other = *make_authority(100);
  REQUIRE(verify(made.node, other, X509_PURPOSE_SSL_SERVER) != X509_V_OK);
  // It is no authority itself.
  REQUIRE_ERROR(issue_certificate(made.node, kWanted), ErrorCode::kCorrupt);
}

TEST_CASE("the certificate names the node, its cluster and its hosts, and nothing else") {
  const Made made;
  REQUIRE(uris_of(made.node) ==
          std::vector<std::string>{"millrace://K7aAPcfLQt2bqs1JTrrMgQ/node/2"});
  const auto leaf = certificate_of(made.node);
  REQUIRE(X509_check_host(leaf.get(), "node-2", 0, 0, nullptr) == 1);
  REQUIRE(X509_check_ip_asc(leaf.get(), "10.0.1.7", 0) == 1);
  REQUIRE(X509_check_ip_asc(leaf.get(), "::1", 0) == 1);
  REQUIRE(X509_check_host(leaf.get(), "node-3", 0, 0, nullptr) == 0);
  REQUIRE(X509_check_ip_asc(leaf.get(), "10.0.1.8", 0) == 0);
}

TEST_CASE("keys fit, are PKCS #8 on P-256, and are new each time") {
  const Made made;
  for (const auto& identity : {made.authority, made.node}) {
    REQUIRE(identity.key.starts_with("-----BEGIN PRIVATE KEY-----\n"));
    const auto key = key_of(identity);
    REQUIRE(X509_check_private_key(certificate_of(identity).get(), key.get()) == 1);
    char group[32] = {};
    REQUIRE(EVP_PKEY_get_group_name(key.get(), group, sizeof(group), nullptr) == 1);
    REQUIRE(std::string(group) == "prime256v1");
  }
  const auto again = *issue_certificate(made.authority, kWanted);
  REQUIRE(again.key != made.node.key);
  REQUIRE(again.certificate != made.node.certificate);
}

TEST_CASE("certificates hold for as long as was asked, and not longer than the authority") {
  const Made made;
  REQUIRE(verify(made.node, made.authority, X509_PURPOSE_SSL_SERVER, 29) == X509_V_OK);
  REQUIRE(verify(made.node, made.authority, X509_PURPOSE_SSL_SERVER, 31) ==
          X509_V_ERR_CERT_HAS_EXPIRED);
  auto wanted = kWanted;
  wanted.days = 1'000;
  const auto longer = *issue_certificate(made.authority, wanted);
  REQUIRE(last_day_of(longer.certificate) == last_day_of(made.authority.certificate));
}

TEST_CASE("what cannot be an authority is refused") {
  const Made made;
  const auto other = *make_authority(100);
  const std::vector<Identity> bad = {{"", ""},
                                     {"nonsense", made.authority.key},
                                     {made.authority.certificate, other.key},
                                     {made.authority.certificate, ""}};
  for (const auto& authority : bad)
    REQUIRE_ERROR(issue_certificate(authority, kWanted), ErrorCode::kCorrupt);
  const auto expired = *make_authority(-1);
  REQUIRE_ERROR(issue_certificate(expired, kWanted), ErrorCode::kInvalidArgument);
}

TEST_CASE("a host is a name or an address, and never more than one thing") {
  const auto authority = *make_authority(100);
  for (const char* bad : {"", "a b", "a,DNS:b", "host:9092", "-x", ".x", "*.x", "a/b", "[::1]"}) {
    CAPTURE(bad);
    auto wanted = kWanted;
    wanted.hosts = {"good", bad};
    REQUIRE_ERROR(issue_certificate(authority, wanted), ErrorCode::kInvalidArgument);
  }
  auto wanted = kWanted;
  wanted.hosts = {std::string(253, 'a')};
  REQUIRE_OK(issue_certificate(authority, wanted));
  wanted.hosts = {std::string(254, 'a')};
  REQUIRE_ERROR(issue_certificate(authority, wanted), ErrorCode::kInvalidArgument);
}

}  // namespace millrace::cli
