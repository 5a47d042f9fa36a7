#pragma once

#include <string>

namespace millrace::cli {

/// How a connection is secured; files are in PEM format, "" for none.
struct TlsOptions {
  bool enabled = false;
  std::string ca_file;  // "" for the system's certificates
  std::string certificate_file;
  std::string key_file;
  std::string key_password;
  bool verify_certificate = true;
  bool verify_host = true;
};

}  // namespace millrace::cli
