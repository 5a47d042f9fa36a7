#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace millrace::node {

/// A blocking client on loopback; every wait is bounded by a receive timeout.
class NetClient {
 public:
  explicit NetClient(std::uint16_t port) : descriptor_(socket(AF_INET, SOCK_STREAM, 0)) {
    const timeval limit{20, 0};
    setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    is_connected_ =
        connect(descriptor_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }
  ~NetClient() { ::close(descriptor_); }
  NetClient(const NetClient&) = delete;
  NetClient& operator=(const NetClient&) = delete;

  bool send(std::string_view bytes) const {
    while (!bytes.empty()) {
      const auto sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }
  /// Fewer bytes than asked mean that the other end closed the connection.
  [[nodiscard]] std::string receive(std::size_t count) const {
    std::string got(count, '\0');
    std::size_t have = 0;
    while (have < count) {
      const auto part = recv(descriptor_, got.data() + have, count - have, 0);
      if (part <= 0) break;
      have += static_cast<std::size_t>(part);
    }
    got.resize(have);
    return got;
  }
  void shut_down() const { shutdown(descriptor_, SHUT_RDWR); }
  [[nodiscard]] bool is_connected() const { return is_connected_; }

 private:
  int descriptor_;
  bool is_connected_;
};

}  // namespace millrace::node
