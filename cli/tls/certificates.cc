#include "cli/tls/certificates.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <cctype>
#include <ctime>
#include <memory>

#include "base/check.h"

namespace millrace::cli {
namespace {

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freed<X509_free>>;
using Memory = std::unique_ptr<BIO, Freed<BIO_free>>;
using Name = std::unique_ptr<GENERAL_NAME, Freed<GENERAL_NAME_free>>;
using Names = std::unique_ptr<GENERAL_NAMES, Freed<GENERAL_NAMES_free>>;

constexpr long kSecondsADay = 86'400;
constexpr long kClockDifference = 3'600;
constexpr int kSerialBytes = 16;
/// RFC 1035
constexpr std::size_t kHostNameMax = 253;

tl::unexpected<Error> openssl_failed(const char* what) {
  const auto code = ERR_peek_last_error();
  ERR_clear_error();
  const char* reason = ERR_reason_error_string(code);
  return fail(ErrorCode::kIo, fmt::format("OpenSSL cannot {}: {}", what,
                                          reason == nullptr ? "no reason given" : reason));
}

std::string text_of(BIO* memory) {
  char* data = nullptr;
  const auto count = BIO_get_mem_data(memory, &data);
  return {data, static_cast<std::size_t>(count)};
}

Memory memory_of(const std::string& text) {
  return Memory(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

/// What PEM asks for when a key is encrypted: nobody is asked here.
int no_password(char*, int, int, void*) {
  return 0;
}

Result<Identity> to_pem(X509* certificate, EVP_PKEY* key) {
  const Memory certificate_text(BIO_new(BIO_s_mem()));
  const Memory key_text(BIO_new(BIO_s_mem()));
  const bool done = PEM_write_bio_X509(certificate_text.get(), certificate) == 1 &&
                    PEM_write_bio_PKCS8PrivateKey(key_text.get(), key, nullptr, nullptr, 0, nullptr,
                                                  nullptr) == 1;
  if (!done) return openssl_failed("write a certificate");
  return Identity{text_of(certificate_text.get()), text_of(key_text.get())};
}

bool set_serial(X509* certificate) {
  unsigned char bytes[kSerialBytes];
  if (RAND_bytes(bytes, kSerialBytes) != 1) return false;
  bytes[0] &= 0x7F;  // it must not be negative
  bytes[0] |= 0x40;  // nor have fewer bytes
  BIGNUM* number = BN_bin2bn(bytes, kSerialBytes, nullptr);
  const bool done = number != nullptr &&
                    BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != nullptr;
  BN_free(number);
  return done;
}

bool set_common_name(X509* certificate, const std::string& name) {
  return X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
                                    reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1,
                                    0) == 1;
}

/// `value` is one of the constants of this file: OpenSSL's notation would take more than one
/// meaning from text that a user gave.
bool add_extension(X509* certificate, X509* issuer, int id, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, id, value);
  const bool done = extension != nullptr && X509_add_ext(certificate, extension, -1) == 1;
  X509_EXTENSION_free(extension);
  return done;
}

/// A certificate without issuer, extensions and signature.
Certificate begin_certificate(EVP_PKEY* key, const std::string& name, int days) {
  Certificate certificate(X509_new());
  X509* const raw = certificate.get();
  const bool done = raw != nullptr && X509_set_version(raw, X509_VERSION_3) == 1 &&
                    set_serial(raw) && set_common_name(raw, name) &&
                    X509_gmtime_adj(X509_getm_notBefore(raw), -kClockDifference) != nullptr &&
                    X509_gmtime_adj(X509_getm_notAfter(raw), days * kSecondsADay) != nullptr &&
                    X509_set_pubkey(raw, key) == 1;
  return done ? std::move(certificate) : nullptr;
}

/// Takes over `value`, which may be null.
bool add_name(GENERAL_NAMES* names, int type, ASN1_STRING* value) {
  Name name(GENERAL_NAME_new());
  if (name == nullptr || value == nullptr) {
    ASN1_STRING_free(value);
    return false;
  }
  GENERAL_NAME_set0_value(name.get(), type, value);
  if (sk_GENERAL_NAME_push(names, name.get()) <= 0) return false;
  (void)name.release();
  return true;
}

ASN1_STRING* ascii(const std::string& text) {
  ASN1_STRING* value = ASN1_STRING_type_new(V_ASN1_IA5STRING);
  if (value == nullptr) return nullptr;
  if (ASN1_STRING_set(value, text.data(), static_cast<int>(text.size())) == 1) return value;
  ASN1_STRING_free(value);
  return nullptr;
}

bool is_address(const std::string& host) {
  ASN1_OCTET_STRING* address = a2i_IPADDRESS(host.c_str());
  ERR_clear_error();
  ASN1_OCTET_STRING_free(address);
  return address != nullptr;
}

bool is_host_name(const std::string& host) {
  const auto allowed = [](unsigned char c) { return std::isalnum(c) || c == '-' || c == '.'; };
  return !host.empty() && host.size() <= kHostNameMax && host.front() != '-' &&
         host.front() != '.' && std::all_of(host.begin(), host.end(), allowed);
}

bool add_subject_names(X509* certificate, const NodeCertificate& wanted) {
  const Names names(GENERAL_NAMES_new());
  if (names == nullptr) return false;
  bool done = add_name(names.get(), GEN_URI, ascii(node_uri(wanted.cluster_id, wanted.node)));
  for (const auto& host : wanted.hosts) {
    done = done && (is_address(host) ? add_name(names.get(), GEN_IPADD, a2i_IPADDRESS(host.c_str()))
                                     : add_name(names.get(), GEN_DNS, ascii(host)));
  }
  return done && X509_add1_ext_i2d(certificate, NID_subject_alt_name, names.get(), 0,
                                   X509V3_ADD_DEFAULT) == 1;
}

struct Authority {
  Certificate certificate;
  Key key;
};

Result<Authority> read_authority(const Identity& pem) {
  const auto certificate_text = memory_of(pem.certificate);
  const auto key_text = memory_of(pem.key);
  Authority authority{
      Certificate(PEM_read_bio_X509(certificate_text.get(), nullptr, no_password, nullptr)),
      Key(PEM_read_bio_PrivateKey(key_text.get(), nullptr, no_password, nullptr))};
  const bool fits = authority.certificate != nullptr && authority.key != nullptr &&
                    X509_check_private_key(authority.certificate.get(), authority.key.get()) == 1 &&
                    X509_check_ca(authority.certificate.get()) == 1;
  ERR_clear_error();
  if (!fits) {
    return fail(ErrorCode::kCorrupt,
                "ca.crt and ca.key are not an authority and its key; put them back from a backup, "
                "or make a new authority with init-ca --force and issue every certificate anew");
  }
  if (X509_cmp_current_time(X509_get0_notAfter(authority.certificate.get())) < 0) {
    return fail(ErrorCode::kInvalidArgument,
                "the authority in ca.crt has expired; make a new one with init-ca --force and "
                "issue every certificate anew");
  }
  return authority;
}

Status check_hosts(const std::vector<std::string>& hosts) {
  for (const auto& host : hosts) {
    if (is_address(host) || is_host_name(host)) continue;
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("'{}' is neither a host name nor an address; give --host as clients "
                            "connect to it, without a port",
                            host));
  }
  return {};
}

/// A certificate that outlives its authority would promise what does not hold.
bool end_with_authority(X509* certificate, X509* authority) {
  const ASN1_TIME* last = X509_get0_notAfter(authority);
  if (ASN1_TIME_compare(X509_get0_notAfter(certificate), last) <= 0) return true;
  return X509_set1_notAfter(certificate, last) == 1;
}

}  // namespace

std::string node_uri(const std::string& cluster_id, NodeId node) {
  return fmt::format("millrace://{}/node/{}", cluster_id, node.value());
}

Result<Identity> make_authority(int days) {
  const Key key(EVP_EC_gen("P-256"));
  if (key == nullptr) return openssl_failed("make a key");
  const auto certificate = begin_certificate(key.get(), "millrace cluster authority", days);
  X509* const raw = certificate.get();
  const bool done = raw != nullptr && X509_set_issuer_name(raw, X509_get_subject_name(raw)) == 1 &&
                    add_extension(raw, raw, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
                    add_extension(raw, raw, NID_key_usage, "critical,keyCertSign,cRLSign") &&
                    add_extension(raw, raw, NID_subject_key_identifier, "hash") &&
                    X509_sign(raw, key.get(), EVP_sha256()) > 0;
  if (!done) return openssl_failed("make a certificate");
  return to_pem(raw, key.get());
}

Result<Identity> issue_certificate(const Identity& authority, const NodeCertificate& wanted) {
  RETURN_IF_ERROR(check_hosts(wanted.hosts));
  ASSIGN_OR_RETURN(const auto issuer, read_authority(authority));
  const Key key(EVP_EC_gen("P-256"));
  if (key == nullptr) return openssl_failed("make a key");
  const auto name = fmt::format("millrace node {}", wanted.node.value());
  const auto certificate = begin_certificate(key.get(), name, wanted.days);
  X509* const raw = certificate.get();
  X509* const ca = issuer.certificate.get();
  const bool done = raw != nullptr && end_with_authority(raw, ca) &&
                    X509_set_issuer_name(raw, X509_get_subject_name(ca)) == 1 &&
                    add_extension(raw, ca, NID_basic_constraints, "critical,CA:FALSE") &&
                    add_extension(raw, ca, NID_key_usage, "critical,digitalSignature") &&
                    add_extension(raw, ca, NID_ext_key_usage, "serverAuth,clientAuth") &&
                    add_extension(raw, ca, NID_subject_key_identifier, "hash") &&
                    add_extension(raw, ca, NID_authority_key_identifier, "keyid:always") &&
                    add_subject_names(raw, wanted) &&
                    X509_sign(raw, issuer.key.get(), EVP_sha256()) > 0;
  if (!done) return openssl_failed("make a certificate");
  return to_pem(raw, key.get());
}

std::string last_day_of(const std::string& certificate) {
  const auto text = memory_of(certificate);
  const Certificate parsed(PEM_read_bio_X509(text.get(), nullptr, no_password, nullptr));
  CHECK(parsed != nullptr);
  std::tm time{};
  CHECK(ASN1_TIME_to_tm(X509_get0_notAfter(parsed.get()), &time) == 1);
  return fmt::format("{:04}-{:02}-{:02}", time.tm_year + 1900, time.tm_mon + 1, time.tm_mday);
}

}  // namespace millrace::cli
