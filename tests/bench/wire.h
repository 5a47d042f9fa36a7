#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"

/// The little of a Kafka client that a load generator needs: blocking sockets and whole frames. It
/// spends as little as it can, so that both cores are left to the node under test. Failures end the
/// program with a sentence on stderr: there is no caller that could go on.
namespace millrace::bench {

[[noreturn]] void die(const std::string& message);

/// A connected TCP socket; closed by the destructor.
class Connection {
 public:
  /// `address` is HOST:PORT with a numeric IPv4 host.
  explicit Connection(const std::string& address);
  ~Connection();
  Connection(Connection&& other) noexcept;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  Connection& operator=(Connection&&) = delete;

  void send(ByteView bytes);
  /// Reads one frame and returns it without its length. Valid until the next call.
  ByteView receive();

 private:
  void receive_exactly(std::uint8_t* into, std::size_t count);

  int fd_;
  std::vector<std::uint8_t> frame_;
};

/// A request frame with its length in front, ready to send.
std::vector<std::uint8_t> frame_request(std::int16_t api_key, std::int16_t version,
                                        std::int32_t correlation_id, const BytesChain& body);

}  // namespace millrace::bench
