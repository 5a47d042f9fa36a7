#include "node/net/endpoint.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>

namespace millrace::node {
namespace {

constexpr int kBacklog = 1024;

Result<std::uint16_t> parse_port(std::string_view text, std::string_view whole) {
  unsigned port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || port > 65535) {
    return fail(ErrorCode::kInvalidConfig,
                fmt::format("'{}' does not end in a port from 0 to 65535", whole));
  }
  return static_cast<std::uint16_t>(port);
}

std::uint16_t port_of(const sockaddr_storage& address) {
  if (address.ss_family == AF_INET6) {
    return ntohs(reinterpret_cast<const sockaddr_in6&>(address).sin6_port);
  }
  return ntohs(reinterpret_cast<const sockaddr_in&>(address).sin_port);
}

using AddressList = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

Result<AddressList> resolve(const Endpoint& endpoint) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int error = getaddrinfo(endpoint.host.empty() ? nullptr : endpoint.host.c_str(),
                                std::to_string(endpoint.port).c_str(), &hints, &found);
  if (error != 0) {
    return fail(ErrorCode::kInvalidConfig,
                fmt::format("cannot listen on {}: the host name is not known: {}",
                            to_string(endpoint), gai_strerror(error)));
  }
  return AddressList(found, &freeaddrinfo);
}

/// An empty host should serve IPv6 and IPv4 alike, so it prefers the IPv6 wildcard.
const addrinfo* choose(const addrinfo* list, bool wildcard) {
  if (wildcard) {
    for (const auto* each = list; each != nullptr; each = each->ai_next) {
      if (each->ai_family == AF_INET6) return each;
    }
  }
  return list;
}

ErrorCode code_of_bind_error(int error) {
  switch (error) {
    case EADDRINUSE:
      return ErrorCode::kAlreadyExists;
    case EACCES:
      return ErrorCode::kPermission;
    case EMFILE:
    case ENFILE:
      return ErrorCode::kLimitReached;
    default:
      return ErrorCode::kInvalidConfig;
  }
}

const char* reason_of_bind_error(int error) {
  switch (error) {
    case EADDRINUSE:
      return "another process listens there; stop it or choose another port";
    case EACCES:
      return "no permission; ports below 1024 need root or CAP_NET_BIND_SERVICE";
    case EADDRNOTAVAIL:
      return "this machine has no such address";
    default:
      return std::strerror(error);
  }
}

tl::unexpected<Error> cannot_listen(const Endpoint& endpoint, int error) {
  return fail(code_of_bind_error(error), fmt::format("cannot listen on {}: {}", to_string(endpoint),
                                                     reason_of_bind_error(error)));
}

/// -1 with errno set when any step fails.
int open_socket(const addrinfo& address) {
  const int descriptor =
      socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, address.ai_protocol);
  if (descriptor < 0) return -1;
  const int on = 1;
  const int off = 0;
  setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (address.ai_family == AF_INET6) {
    setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  }
  if (bind(descriptor, address.ai_addr, address.ai_addrlen) == 0) return descriptor;
  const int error = errno;
  ::close(descriptor);
  errno = error;
  return -1;
}

}  // namespace

Result<Endpoint> parse_endpoint(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) {
    return fail(ErrorCode::kInvalidConfig, fmt::format("'{}' is not HOST:PORT", text));
  }
  ASSIGN_OR_RETURN(const auto port, parse_port(text.substr(colon + 1), text));
  std::string_view host = text.substr(0, colon);
  if (host.size() >= 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    return fail(ErrorCode::kInvalidConfig,
                fmt::format("'{}': an IPv6 address needs brackets, as in [::1]:9092", text));
  }
  return Endpoint{std::string(host), port};
}

std::string to_string(const Endpoint& endpoint) {
  const bool is_ipv6 = endpoint.host.find(':') != std::string::npos;
  return fmt::format(fmt::runtime(is_ipv6 ? "[{}]:{}" : "{}:{}"), endpoint.host, endpoint.port);
}

std::string address_text(const sockaddr_storage& address) {
  char text[INET6_ADDRSTRLEN] = "?";
  if (address.ss_family == AF_INET) {
    inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in&>(address).sin_addr, text, sizeof text);
  } else if (address.ss_family == AF_INET6) {
    const auto& ip = reinterpret_cast<const sockaddr_in6&>(address).sin6_addr;
    if (IN6_IS_ADDR_V4MAPPED(&ip)) {
      inet_ntop(AF_INET, &ip.s6_addr[12], text, sizeof text);
    } else {
      inet_ntop(AF_INET6, &ip, text, sizeof text);
    }
  }
  return text;
}

Result<ListeningSocket> ListeningSocket::open(const Endpoint& endpoint) {
  ASSIGN_OR_RETURN(const auto addresses, resolve(endpoint));
  int descriptor = open_socket(*choose(addresses.get(), endpoint.host.empty()));
  if (descriptor < 0 && errno == EAFNOSUPPORT) descriptor = open_socket(*addresses);
  if (descriptor < 0) {
    return cannot_listen(endpoint, errno);
  }
  sockaddr_storage bound{};
  socklen_t length = sizeof bound;
  getsockname(descriptor, reinterpret_cast<sockaddr*>(&bound), &length);
  return ListeningSocket(descriptor, Endpoint{endpoint.host, port_of(bound)});
}

Status ListeningSocket::listen() {
  if (::listen(descriptor_, kBacklog) == 0) return {};
  return cannot_listen(local_, errno);
}

bool ListeningSocket::is_ipv6() const {
  sockaddr_storage bound{};
  socklen_t length = sizeof bound;
  return getsockname(descriptor_, reinterpret_cast<sockaddr*>(&bound), &length) == 0 &&
         bound.ss_family == AF_INET6;
}

ListeningSocket::~ListeningSocket() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

ListeningSocket::ListeningSocket(ListeningSocket&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), local_(std::move(other.local_)) {}

ListeningSocket& ListeningSocket::operator=(ListeningSocket&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(local_, other.local_);
  return *this;
}

}  // namespace millrace::node
