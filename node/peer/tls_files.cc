#include "node/peer/tls_files.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <memory>
#include <vector>

namespace millrace::node {
namespace {

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
constexpr std::size_t kPemBytesMax = 1 << 20;

using File = std::unique_ptr<std::FILE, Freed<std::fclose>>;
using Certificate = std::unique_ptr<X509, Freed<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using Bio = std::unique_ptr<BIO, Freed<BIO_free_all>>;
using Store = std::unique_ptr<X509_STORE, Freed<X509_STORE_free>>;
using StoreContext = std::unique_ptr<X509_STORE_CTX, Freed<X509_STORE_CTX_free>>;

void free_stack(STACK_OF(X509) * stack) {
  sk_X509_pop_free(stack, X509_free);
}
using Stack = std::unique_ptr<STACK_OF(X509), Freed<free_stack>>;

tl::unexpected<Error> bad(std::string message) {
  ERR_clear_error();
  return fail(ErrorCode::kInvalidConfig, std::move(message));
}

std::string how_to_issue(const CertifiedName& self) {
  return fmt::format("make one with 'millrace tls issue --node {} --cluster-id {}'",
                     self.node.value(), self.cluster_id.to_string());
}

Result<std::string> read_file(const std::string& path, std::string_view what) {
  errno = 0;
  const File file(std::fopen(path.c_str(), "rbe"));
  std::string text(kPemBytesMax + 1, '\0');
  text.resize(file ? std::fread(text.data(), 1, text.size(), file.get()) : 0);
  if (text.empty()) {
    return bad(fmt::format("cannot read the {} '{}': {}", what, path,
                           errno != 0 ? std::strerror(errno) : "it is empty"));
  }
  if (text.size() > kPemBytesMax) {
    return bad(fmt::format("the {} '{}' is larger than {} bytes", what, path, kPemBytesMax));
  }
  return text;
}

Bio bio_of(const std::string& text) {
  return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

/// OpenSSL would ask on the terminal.
int no_password(char*, int, int, void*) {
  return 0;
}

std::vector<Certificate> certificates_in(const std::string& text) {
  std::vector<Certificate> found;
  const auto bio = bio_of(text);
  while (auto* each = PEM_read_bio_X509(bio.get(), nullptr, &no_password, nullptr)) {
    found.emplace_back(each);
  }
  ERR_clear_error();  // the end of the file is one to OpenSSL
  return found;
}

Result<std::vector<Certificate>> read_certificates(const std::string& path, std::string_view what) {
  ASSIGN_OR_RETURN(const auto text, read_file(path, what));
  auto found = certificates_in(text);
  if (found.empty()) {
    return bad(fmt::format("the {} '{}' holds no certificate in PEM form", what, path));
  }
  return found;
}

Result<Key> read_key(const std::string& path) {
  ASSIGN_OR_RETURN(const auto text, read_file(path, "key"));
  Key key(PEM_read_bio_PrivateKey(bio_of(text).get(), nullptr, &no_password, nullptr));
  if (!key)
    return bad(fmt::format("'{}' holds no private key in PEM form without a password", path));
  return key;
}

std::vector<std::string> uris_of(const X509& certificate) {
  std::vector<std::string> uris;
  auto* const names = static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(&certificate, NID_subject_alt_name, nullptr, nullptr));
  for (int i = 0; i < sk_GENERAL_NAME_num(names); ++i) {
    const auto* name = sk_GENERAL_NAME_value(names, i);
    if (name->type != GEN_URI) continue;
    const auto* uri = name->d.uniformResourceIdentifier;
    uris.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(uri)),
                      static_cast<std::size_t>(ASN1_STRING_length(uri)));
  }
  GENERAL_NAMES_free(names);
  return uris;
}

std::string date_text(const ASN1_TIME* time) {
  const Bio bio(BIO_new(BIO_s_mem()));
  ASN1_TIME_print(bio.get(), time);
  char text[64];
  const int length = BIO_read(bio.get(), text, sizeof text);
  return {text, static_cast<std::size_t>(std::max(length, 0))};
}

Status check_dates(const X509& certificate, const std::string& path, const CertifiedName& self,
                   TimestampMs now) {
  time_t at = now.value() / 1000;
  const auto* begin = X509_get0_notBefore(&certificate);
  const auto* end = X509_get0_notAfter(&certificate);
  if (X509_cmp_time(end, &at) <= 0) {
    return bad(fmt::format("the certificate '{}' ran out on {}; {}", path, date_text(end),
                           how_to_issue(self)));
  }
  if (X509_cmp_time(begin, &at) > 0) {
    return bad(fmt::format("the certificate '{}' holds from {} on; check this machine's clock",
                           path, date_text(begin)));
  }
  return {};
}

Status check_name(const X509& certificate, const std::string& path, const CertifiedName& self) {
  const auto name = find_name(uris_of(certificate), self.cluster_id);
  if (!name)
    return bad(fmt::format("'{}': {}; {}", path, name.error().message, how_to_issue(self)));
  if (name->node != self.node) {
    return bad(fmt::format("the certificate '{}' belongs to node {}, this is node {}; {}", path,
                           name->node.value(), self.node.value(), how_to_issue(self)));
  }
  return {};
}

/// Dates are judged by check_dates, whose sentence says more and whose clock is the caller's.
Status check_chain(const std::vector<Certificate>& chain, const std::vector<Certificate>& ca,
                   const PeerTls& files, const CertifiedName& self) {
  const Store store(X509_STORE_new());
  for (const auto& each : ca) X509_STORE_add_cert(store.get(), each.get());
  const Stack between(sk_X509_new_null());
  for (std::size_t i = 1; i < chain.size(); ++i) {
    X509_up_ref(chain[i].get());
    sk_X509_push(between.get(), chain[i].get());
  }
  const StoreContext context(X509_STORE_CTX_new());
  X509_STORE_CTX_init(context.get(), store.get(), chain[0].get(), between.get());
  X509_STORE_CTX_set_flags(context.get(), X509_V_FLAG_NO_CHECK_TIME);
  if (X509_verify_cert(context.get()) == 1) return {};
  return bad(fmt::format(
      "the certificate '{}' does not come from the CA '{}' ({}); give the CA that issued it, or {}",
      files.certificate_file, files.ca_file,
      X509_verify_cert_error_string(X509_STORE_CTX_get_error(context.get())), how_to_issue(self)));
}

}  // namespace

Status check_tls_files(const PeerTls& files, const CertifiedName& self, TimestampMs now) {
  auto chain = read_certificates(files.certificate_file, "certificate");
  if (!chain) return bad(fmt::format("{}; {}", chain.error().message, how_to_issue(self)));
  auto key = read_key(files.key_file);
  if (!key) return bad(fmt::format("{}; {}", key.error().message, how_to_issue(self)));
  auto ca = read_certificates(files.ca_file, "CA");
  if (!ca) {
    return bad(fmt::format("{}; copy the CA of the cluster, made by 'millrace tls init-ca', there",
                           ca.error().message));
  }
  const auto& certificate = *chain->front();
  if (X509_check_private_key(&certificate, key->get()) != 1) {
    return bad(fmt::format(
        "the key '{}' does not belong to the certificate '{}'; use the two files "
        "of one 'millrace tls issue --node {} --cluster-id {}'",
        files.key_file, files.certificate_file, self.node.value(), self.cluster_id.to_string()));
  }
  RETURN_IF_ERROR(check_chain(*chain, *ca, files, self));
  RETURN_IF_ERROR(check_dates(certificate, files.certificate_file, self, now));
  return check_name(certificate, files.certificate_file, self);
}

Result<TimestampMs> certificate_expiry(const std::string& certificate_file) {
  ASSIGN_OR_RETURN(const auto chain, read_certificates(certificate_file, "certificate"));
  tm end{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(chain.front().get()), &end) != 1) {
    return bad(fmt::format("the certificate '{}' has no end that can be read", certificate_file));
  }
  return TimestampMs(static_cast<std::int64_t>(timegm(&end)) * 1000);
}

}  // namespace millrace::node
