#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <string>

#include "base/result.h"

namespace millrace::node {

/// HOST:PORT as configuration has it. An empty host means all addresses.
struct Endpoint {
  std::string host;
  std::uint16_t port = 0;

  friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

/// `host:port`, `[ipv6]:port` or `:port`. Errors: kInvalidConfig.
Result<Endpoint> parse_endpoint(std::string_view text);
std::string to_string(const Endpoint& endpoint);

/// A non-blocking socket bound to its address; closed by the destructor. Clients are refused until
/// listen().
class ListeningSocket {
 public:
  /// Errors: kAlreadyExists (port taken), kPermission, kInvalidConfig (the host has no such
  /// address).
  static Result<ListeningSocket> open(const Endpoint& endpoint);
  ~ListeningSocket();
  ListeningSocket(ListeningSocket&& other) noexcept;
  ListeningSocket& operator=(ListeningSocket&& other) noexcept;

  /// Errors: kAlreadyExists when another process was faster.
  Status listen();
  [[nodiscard]] bool is_ipv6() const;
  [[nodiscard]] int descriptor() const { return descriptor_; }
  /// The address it is bound to; names the port that the system chose for port 0.
  [[nodiscard]] const Endpoint& local() const { return local_; }

 private:
  ListeningSocket(int descriptor, Endpoint local)
      : descriptor_(descriptor), local_(std::move(local)) {}
  int descriptor_ = -1;
  Endpoint local_;
};

/// The textual address, without brackets; IPv4 mapped into IPv6 is shown as IPv4.
std::string address_text(const sockaddr_storage& address);

}  // namespace millrace::node
