#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "node/peer/identity.h"

namespace millrace::node {

/// A CA of a test and what it issues, as PEM files with keys of P-256.
class TestCa {
 public:
  struct Wish {
    std::chrono::hours begins{-1};  // from now
    std::chrono::hours ends{24};
    std::string uri;  // empty: none
  };

  TestCa();
  ~TestCa();

  /// Writes PREFIX.crt, PREFIX.key and PREFIX.ca, each at once by renaming.
  PeerTls issue(const std::string& prefix, const Wish& wish) const;
  PeerTls issue(const std::string& prefix, const CertifiedName& name) const;
  /// The expiry of the last one, in milliseconds since 1970.
  [[nodiscard]] std::int64_t last_expiry_ms() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace millrace::node
