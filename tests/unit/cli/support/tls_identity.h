#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>

namespace millrace::cli::test {

/// A key and a self-signed certificate for "localhost" and 127.0.0.1, made anew; the certificate
/// lies in a temporary file for as long as this lives.
class TlsIdentity {
 public:
  TlsIdentity();
  ~TlsIdentity();
  TlsIdentity(const TlsIdentity&) = delete;
  TlsIdentity& operator=(const TlsIdentity&) = delete;

  [[nodiscard]] SSL_CTX* server_context() const { return context_.get(); }
  [[nodiscard]] const std::string& certificate_file() const { return file_; }

 private:
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
  std::string file_;
};

}  // namespace millrace::cli::test
