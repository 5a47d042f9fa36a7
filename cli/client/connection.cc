#include "cli/client/connection.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <optional>
#include <utility>

#include "cli/client/tls_context.h"

namespace millrace::cli {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using Kind = ConnectionError::Kind;

constexpr std::size_t kLengthBytes = 4;
// A TLS record starts with its type (alert or handshake) and the major version 3.
constexpr std::uint8_t kTlsAlert = 0x15;
constexpr std::uint8_t kTlsHandshake = 0x16;
constexpr std::uint8_t kTlsMajorVersion = 3;

tl::unexpected<ConnectionError> failed(Kind kind, std::string detail) {
  return tl::unexpected<ConnectionError>(ConnectionError{kind, std::move(detail)});
}

std::string lower_first(std::string text) {
  if (!text.empty() && text[0] >= 'A' && text[0] <= 'Z') text[0] = static_cast<char>(text[0] + 32);
  return text;
}

ConnectionError error_of(const error_code& error) {
  if (error == asio::error::connection_refused) return {Kind::kRefused, "connection refused"};
  if (error == asio::error::host_not_found || error == asio::error::host_not_found_try_again ||
      error == asio::error::no_data || error == asio::error::service_not_found) {
    return {Kind::kUnresolved, "the name does not resolve here"};
  }
  if (error == asio::error::eof || error == asio::error::connection_reset ||
      error == asio::error::broken_pipe || error == asio::ssl::error::stream_truncated) {
    return {Kind::kClosed, "the connection was closed"};
  }
  return {Kind::kUnreachable, lower_first(error.message())};
}

}  // namespace

struct Connection::Impl {
  asio::io_context io;
  asio::ssl::context tls_context{asio::ssl::context::tls_client};
  tcp::socket socket{io};
  std::optional<asio::ssl::stream<tcp::socket&>> tls;

  // Runs one asynchronous operation to its end or to the deadline. `start` gets the handler, which
  // outlives this call together with the operation when that is given up.
  template <class Start>
  ConnectionResult<void> run(Deadline deadline, Start start) {
    auto outcome = std::make_shared<std::optional<error_code>>();
    start([outcome](const error_code& error, auto&&...) { *outcome = error; });
    io.restart();
    io.run_until(deadline);
    if (!outcome->has_value()) {
      error_code ignored;
      socket.close(ignored);
      return failed(Kind::kTimedOut, "timed out");
    }
    if (**outcome) return tl::unexpected<ConnectionError>(classify(**outcome));
    return {};
  }

  // OpenSSL keeps what went wrong with TLS in its own error codes.
  ConnectionError classify(const error_code& error) const {
    if (error.category() != asio::error::get_ssl_category()) return error_of(error);
    const int reason = ERR_GET_REASON(static_cast<unsigned long>(error.value()));
    if (reason == SSL_R_HTTP_REQUEST) return {Kind::kSpeaksHttp, "it answered in HTTP"};
    if (reason == SSL_R_WRONG_VERSION_NUMBER || reason == SSL_R_PACKET_LENGTH_TOO_LONG ||
        reason == SSL_R_UNEXPECTED_MESSAGE) {
      return {Kind::kSpeaksPlain, "it did not answer in TLS"};
    }
    if (reason == SSL_R_CERTIFICATE_VERIFY_FAILED) return {Kind::kTls, verify_failure()};
    return {Kind::kTls, error.message()};
  }

  std::string verify_failure() const {
    auto* handle = const_cast<asio::ssl::stream<tcp::socket&>&>(*tls).native_handle();
    return std::string("its certificate is not accepted: ") +
           X509_verify_cert_error_string(SSL_get_verify_result(handle));
  }

  ConnectionResult<void> connect(const Endpoint& endpoint, Deadline deadline) {
    auto resolver = tcp::resolver(io);
    auto found = std::make_shared<tcp::resolver::results_type>();
    auto resolved = run(deadline, [&](auto done) {
      resolver.async_resolve(endpoint.host, std::to_string(endpoint.port),
                             [found, done](const error_code& error, auto results) {
                               *found = std::move(results);
                               done(error);
                             });
    });
    if (!resolved) return resolved;
    return run(deadline, [&](auto done) { asio::async_connect(socket, *found, done); });
  }

  ConnectionResult<void> handshake(const Endpoint& endpoint, const TlsOptions& options,
                                   Deadline deadline) {
    if (auto refused = configure_tls(tls_context, options)) return failed(Kind::kTls, *refused);
    tls.emplace(socket, tls_context);
    if (!prepare_tls(tls->native_handle(), endpoint.host, options)) {
      return failed(Kind::kTls, "the host name cannot be used for TLS");
    }
    auto done = run(deadline, [&](auto handler) {
      tls->async_handshake(asio::ssl::stream_base::client, handler);
    });
    // A Kafka listener without TLS takes the greeting for a frame of absurd length and hangs up.
    if (!done && done.error().kind == Kind::kClosed) {
      return failed(Kind::kSpeaksPlain, "it closed the connection during the TLS handshake");
    }
    return done;
  }

  template <class Buffers>
  ConnectionResult<void> write(const Buffers& buffers, Deadline deadline) {
    return run(deadline, [&](auto done) {
      tls ? asio::async_write(*tls, buffers, done) : asio::async_write(socket, buffers, done);
    });
  }

  ConnectionResult<void> read(asio::mutable_buffer buffer, Deadline deadline) {
    return run(deadline, [&](auto done) {
      tls ? asio::async_read(*tls, buffer, done) : asio::async_read(socket, buffer, done);
    });
  }
};

Connection::Connection(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Connection::~Connection() = default;

ConnectionResult<std::unique_ptr<Connection>> Connection::open(const Endpoint& endpoint,
                                                               const TlsOptions& tls,
                                                               Deadline deadline) {
  auto impl = std::make_unique<Impl>();
  if (auto done = impl->connect(endpoint, deadline); !done) {
    return tl::unexpected<ConnectionError>(done.error());
  }
  error_code ignored;
  impl->socket.set_option(tcp::no_delay(true), ignored);
  if (tls.enabled) {
    if (auto done = impl->handshake(endpoint, tls, deadline); !done) {
      return tl::unexpected<ConnectionError>(done.error());
    }
  }
  return std::unique_ptr<Connection>(new Connection(std::move(impl)));
}

ConnectionResult<void> Connection::send(const BytesChain& frame, Deadline deadline) {
  std::vector<std::uint8_t> bytes(kLengthBytes);
  store_be<std::int32_t>(bytes.data(), static_cast<std::int32_t>(frame.size()));
  const auto body = frame.flatten();
  bytes.insert(bytes.end(), body.begin(), body.end());
  return impl_->write(asio::buffer(bytes), deadline);
}

ConnectionResult<SharedBytes> Connection::receive(Deadline deadline) {
  std::uint8_t prefix[kLengthBytes];
  if (auto done = impl_->read(asio::buffer(prefix), deadline); !done) {
    return tl::unexpected<ConnectionError>(done.error());
  }
  const bool tls_record = prefix[0] == kTlsAlert || prefix[0] == kTlsHandshake;
  if (tls_record && prefix[1] == kTlsMajorVersion) {
    return failed(Kind::kSpeaksTls, "it answered in TLS");
  }
  if (as_text(prefix) == "HTTP") return failed(Kind::kSpeaksHttp, "it answered in HTTP");
  const auto length = load_be<std::int32_t>(prefix);
  if (length < 0 || static_cast<std::size_t>(length) > kFrameBytesMax) {
    return failed(Kind::kFrame, "it sent a frame of " + std::to_string(length) + " bytes");
  }
  std::vector<std::uint8_t> frame(static_cast<std::size_t>(length));
  if (auto done = impl_->read(asio::buffer(frame), deadline); !done) {
    return tl::unexpected<ConnectionError>(done.error());
  }
  return SharedBytes::own(std::move(frame));
}

}  // namespace millrace::cli
