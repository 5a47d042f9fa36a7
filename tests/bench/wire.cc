#include "tests/bench/wire.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <utility>

namespace millrace::bench {

namespace {

constexpr std::size_t kFrameBytesMax = std::size_t{256} << 20;
constexpr std::string_view kClientId = "bench";

sockaddr_in parse_address(const std::string& text) {
  const auto colon = text.rfind(':');
  sockaddr_in address{};
  address.sin_family = AF_INET;
  if (colon == std::string::npos ||
      inet_pton(AF_INET, text.substr(0, colon).c_str(), &address.sin_addr) != 1) {
    die("--address takes HOST:PORT with a numeric host, not '" + text + "'");
  }
  address.sin_port = htons(static_cast<std::uint16_t>(std::atoi(text.c_str() + colon + 1)));
  return address;
}

}  // namespace

void die(const std::string& message) {
  std::fprintf(stderr, "bench_load: %s\n", message.c_str());
  std::exit(1);
}

Connection::Connection(const std::string& address)
    : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  const sockaddr_in peer = parse_address(address);
  if (fd_ < 0 || ::connect(fd_, reinterpret_cast<const sockaddr*>(&peer), sizeof(peer)) != 0) {
    die("cannot connect to " + address + ": " + std::string(std::strerror(errno)));
  }
  const int on = 1;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

Connection::~Connection() {
  if (fd_ >= 0) ::close(fd_);
}

Connection::Connection(Connection&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), frame_(std::move(other.frame_)) {}

void Connection::send(ByteView bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) die(std::string("send: ") + std::strerror(errno));
    bytes = bytes.subspan(static_cast<std::size_t>(sent));
  }
}

void Connection::receive_exactly(std::uint8_t* into, std::size_t count) {
  while (count > 0) {
    const auto got = ::recv(fd_, into, count, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0)
      die(got == 0 ? "the node closed the connection"
                   : std::string("recv: ") + std::strerror(errno));
    into += got;
    count -= static_cast<std::size_t>(got);
  }
}

ByteView Connection::receive() {
  std::uint8_t length[4];
  receive_exactly(length, sizeof(length));
  const auto bytes = static_cast<std::size_t>(load_be<std::int32_t>(length));
  if (bytes > kFrameBytesMax) die("a frame of " + std::to_string(bytes) + " bytes");
  frame_.resize(bytes);
  receive_exactly(frame_.data(), bytes);
  return frame_;
}

std::vector<std::uint8_t> frame_request(std::int16_t api_key, std::int16_t version,
                                        std::int32_t correlation_id, const BytesChain& body) {
  // Request header version 1: enough for the not flexible versions that the load generator uses.
  std::vector<std::uint8_t> frame(4 + 2 + 2 + 4 + 2 + kClientId.size());
  store_be<std::int32_t>(frame.data(), static_cast<std::int32_t>(frame.size() - 4 + body.size()));
  store_be<std::int16_t>(frame.data() + 4, api_key);
  store_be<std::int16_t>(frame.data() + 6, version);
  store_be<std::int32_t>(frame.data() + 8, correlation_id);
  store_be<std::int16_t>(frame.data() + 12, static_cast<std::int16_t>(kClientId.size()));
  std::memcpy(frame.data() + 14, kClientId.data(), kClientId.size());
  for (const auto& piece : body.pieces())
    frame.insert(frame.end(), piece.view().begin(), piece.view().end());
  return frame;
}

}  // namespace millrace::bench
