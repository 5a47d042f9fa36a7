#include "node/kafka_listener/acceptor.h"

#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <cstring>

#include "base/check.h"
#include "node/log/log.h"

namespace millrace::node {
namespace {

constexpr auto kPauseWithoutDescriptors = std::chrono::milliseconds(100);
constexpr int kAcceptsPerTurn = 64;
constexpr int kRefusalLinesPerInterval = 3;
constexpr Duration kRefusalLineInterval = std::chrono::seconds(10);

/// Errors of accept() that concern one connection, which is gone, and not the listener.
bool concerns_one_connection(int error) {
  return error == ECONNABORTED || error == EINTR || error == EPROTO || error == EPERM ||
         error == ENETDOWN || error == EHOSTDOWN || error == EHOSTUNREACH || error == ENETUNREACH ||
         error == ETIMEDOUT;
}

}  // namespace

struct Acceptor::Impl : std::enable_shared_from_this<Impl> {
  Impl(Loop& loop, const Clock& clock, ListeningSocket socket, std::string listener_name,
       std::shared_ptr<Admission> admission, OnConnection on_connection)
      : clock(clock),
        local(socket.local()),
        descriptor(loop.context(), dup_or_fail(socket)),
        pause(loop.context()),
        listener_name(std::move(listener_name)),
        admission(std::move(admission)),
        on_connection(std::move(on_connection)),
        lines(kRefusalLinesPerInterval, kRefusalLineInterval),
        socket(std::move(socket)) {}

  /// Asio closes its descriptor itself, so it gets one of its own.
  static int dup_or_fail(const ListeningSocket& socket) {
    const int copy = dup(socket.descriptor());
    CHECK_MSG(copy >= 0, std::strerror(errno));
    return copy;
  }

  void wait() {
    descriptor.async_wait(descriptor.wait_read,
                          [self = shared_from_this()](const boost::system::error_code& error) {
                            if (!error && !self->stopped) self->accept_some();
                          });
  }

  void accept_some() {
    for (int i = 0; i < kAcceptsPerTurn; ++i) {
      sockaddr_storage address{};
      socklen_t length = sizeof address;
      const int accepted = accept4(socket.descriptor(), reinterpret_cast<sockaddr*>(&address),
                                   &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (accepted >= 0) {
        admit(accepted, address_text(address));
      } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
        break;
      } else if (!concerns_one_connection(errno)) {
        pause_after(errno);
        return;
      }
    }
    wait();
  }

  void admit(int accepted, std::string ip) {
    const auto limit = admission->admit(ip);
    if (!limit) {
      on_connection(accepted, std::move(ip));
      return;
    }
    ::close(accepted);
    if (lines.allow(clock.now())) {
      log_warn("refused a connection", {{"limit", *limit},
                                        {"client", ip},
                                        {"listener", listener_name},
                                        lines.take_suppressed()});
    }
  }

  void pause_after(int error) {
    if (lines.allow(clock.now())) {
      log_error(
          "cannot accept connections for the moment",
          {{"reason", std::strerror(error)}, {"listener", listener_name}, lines.take_suppressed()});
    }
    pause.expires_after(kPauseWithoutDescriptors);
    pause.async_wait([self = shared_from_this()](const boost::system::error_code& aborted) {
      if (!aborted && !self->stopped) self->accept_some();
    });
  }

  void stop() {
    stopped = true;
    boost::system::error_code ignored;  // the descriptor is gone either way
    descriptor.close(ignored);
    pause.cancel();
    const auto closed = std::move(socket);
  }

  const Clock& clock;
  const Endpoint local;
  boost::asio::posix::stream_descriptor descriptor;
  boost::asio::steady_timer pause;
  const std::string listener_name;
  const std::shared_ptr<Admission> admission;
  OnConnection on_connection;
  LineLimit lines;
  ListeningSocket socket;
  bool stopped = false;
};

Acceptor::Acceptor(Loop& loop, const Clock& clock, ListeningSocket socket,
                   std::string listener_name, std::shared_ptr<Admission> admission,
                   OnConnection on_connection)
    : impl_(std::make_shared<Impl>(loop, clock, std::move(socket), std::move(listener_name),
                                   std::move(admission), std::move(on_connection))) {}

Acceptor::~Acceptor() {
  if (!impl_->stopped) impl_->stop();
}

void Acceptor::start() {
  impl_->wait();
}
void Acceptor::stop() {
  impl_->stop();
}

}  // namespace millrace::node
