#include "node/peer/credentials.h"

#include <grpcpp/security/credentials.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_certificate_verifier.h>
#include <grpcpp/security/tls_credentials_options.h>

#include "node/peer/constants.h"

namespace millrace::node {
namespace {

namespace tls = grpc::experimental;

/// After TLS has verified the chain up to the CA.
class NameVerifier final : public tls::ExternalCertificateVerifier {
 public:
  NameVerifier(Uuid cluster_id, std::function<void(const Error&)> refused)
      : cluster_id_(cluster_id), refused_(std::move(refused)) {}

  bool Verify(tls::TlsCustomVerificationCheckRequest* request, std::function<void(grpc::Status)>,
              grpc::Status* sync_status) override {
    std::vector<std::string> uris;
    for (const auto& uri : request->uri_names()) uris.emplace_back(uri.data(), uri.size());
    const auto name = find_name(uris, cluster_id_);
    if (name) {
      *sync_status = grpc::Status::OK;
    } else {
      refused_(name.error());
      *sync_status = {grpc::StatusCode::UNAUTHENTICATED, name.error().message};
    }
    return true;  // judged at once
  }
  void Cancel(tls::TlsCustomVerificationCheckRequest*) override {}

 private:
  const Uuid cluster_id_;
  const std::function<void(const Error&)> refused_;
};

void configure(tls::TlsCredentialsOptions& options,
               const std::shared_ptr<tls::CertificateProviderInterface>& provider,
               const std::shared_ptr<tls::CertificateVerifier>& verifier) {
  options.set_certificate_provider(provider);
  options.watch_root_certs();
  options.watch_identity_key_cert_pairs();
  options.set_certificate_verifier(verifier);
  // Names are of nodes, not of hosts: a certificate is issued before the machine exists.
  options.set_check_call_host(false);
}

}  // namespace

Credentials make_credentials(const std::optional<PeerTls>& files, const Uuid& cluster_id,
                             std::function<void(const Error&)> refused) {
  if (!files) return {grpc::InsecureChannelCredentials(), grpc::InsecureServerCredentials()};
  const auto provider = std::make_shared<tls::FileWatcherCertificateProvider>(
      files->key_file, files->certificate_file, files->ca_file,
      static_cast<unsigned>(kCertificateRefresh.count()));
  const auto verifier =
      tls::ExternalCertificateVerifier::Create<NameVerifier>(cluster_id, std::move(refused));
  tls::TlsChannelCredentialsOptions of_channel;
  configure(of_channel, provider, verifier);
  of_channel.set_verify_server_certs(true);
  tls::TlsServerCredentialsOptions of_server(provider);
  configure(of_server, provider, verifier);
  of_server.set_cert_request_type(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  return {tls::TlsCredentials(of_channel), tls::TlsServerCredentials(of_server)};
}

}  // namespace millrace::node
