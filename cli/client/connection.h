#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "base/bytes.h"
#include "cli/client/endpoint.h"
#include "cli/client/tls_options.h"

namespace millrace::cli {

/// Largest frame that the command accepts from a node: Kafka's own limit for a request.
inline constexpr std::size_t kFrameBytesMax = std::size_t{100} << 20;

using Deadline = std::chrono::steady_clock::time_point;

/// Why a connection could not be made or used.
struct ConnectionError {
  enum class Kind {
    kUnresolved,   // the name means nothing here
    kRefused,      // nobody listens there
    kUnreachable,  // no route, or another failure of the network
    kTimedOut,
    kClosed,       // the peer closed it
    kSpeaksTls,    // we spoke plain text, it answered in TLS
    kSpeaksPlain,  // we spoke TLS, it did not
    kSpeaksHttp,
    kTls,    // certificate or handshake
    kFrame,  // not a frame of Kafka's protocol
  };
  Kind kind;
  std::string detail;  // "connection refused"
};

template <class T>
class [[nodiscard]] ConnectionResult : public tl::expected<T, ConnectionError> {
 public:
  using tl::expected<T, ConnectionError>::expected;
};

/// One TCP or TLS connection that is used one call at a time, each bounded by a deadline. After an
/// error it is of no more use. Not thread-safe.
class Connection {
 public:
  static ConnectionResult<std::unique_ptr<Connection>> open(const Endpoint& endpoint,
                                                            const TlsOptions& tls,
                                                            Deadline deadline);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Sends the frame behind its 4-byte length.
  ConnectionResult<void> send(const BytesChain& frame, Deadline deadline);

  /// The next frame without its length. Errors: kFrame for one longer than kFrameBytesMax.
  ConnectionResult<SharedBytes> receive(Deadline deadline);

 private:
  struct Impl;
  explicit Connection(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

}  // namespace millrace::cli
