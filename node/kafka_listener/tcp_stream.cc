#include "node/kafka_listener/tcp_stream.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cerrno>

namespace millrace::node {
namespace {

/// A stream_descriptor rather than a tcp::socket: only readiness comes from Asio, the bytes move by
/// recvmsg and sendmsg with our own vectors.
class TcpStream final : public ByteStream {
 public:
  TcpStream(boost::asio::io_context& context, int descriptor) : descriptor_(context, descriptor) {
    descriptor_.non_blocking(true);
  }
  ~TcpStream() override { TcpStream::close(); }

  void set_events(Events* events) override { *events_ = events; }

  IoOutcome read(std::span<iovec> into) override {
    msghdr message{};
    message.msg_iov = into.data();
    message.msg_iovlen = into.size();
    while (true) {
      const auto count = recvmsg(descriptor_.native_handle(), &message, MSG_DONTWAIT);
      if (count > 0) return {IoOutcome::Kind::kBytes, static_cast<std::size_t>(count)};
      if (count == 0) return {IoOutcome::Kind::kEnd};
      if (errno != EINTR) return failed();
    }
  }

  IoOutcome write(std::span<const iovec> from) override {
    msghdr message{};
    message.msg_iov = const_cast<iovec*>(from.data());
    message.msg_iovlen = from.size();
    while (true) {
      const auto count =
          sendmsg(descriptor_.native_handle(), &message, MSG_DONTWAIT | MSG_NOSIGNAL);
      if (count >= 0) return {IoOutcome::Kind::kBytes, static_cast<std::size_t>(count)};
      if (errno != EINTR) return failed();
    }
  }

  void wait_readable() override {
    descriptor_.async_wait(descriptor_.wait_read,
                           [events = events_](const boost::system::error_code& error) {
                             if (!error && *events != nullptr) (*events)->on_readable();
                           });
  }

  void wait_writable() override {
    descriptor_.async_wait(descriptor_.wait_write,
                           [events = events_](const boost::system::error_code& error) {
                             if (!error && *events != nullptr) (*events)->on_writable();
                           });
  }

  void close() override {
    *events_ = nullptr;
    boost::system::error_code ignored;  // the descriptor is gone either way
    if (descriptor_.is_open()) descriptor_.close(ignored);
  }

 private:
  static IoOutcome failed() {
    if (errno == EAGAIN || errno == EWOULDBLOCK) return {IoOutcome::Kind::kWouldBlock};
    return {IoOutcome::Kind::kFailed, 0, errno};
  }

  boost::asio::posix::stream_descriptor descriptor_;
  // A notification that is on its way when the stream is destroyed finds null here.
  const std::shared_ptr<Events*> events_ = std::make_shared<Events*>(nullptr);
};

void set_option(int descriptor, int level, int name, int value) {
  // A refusal costs speed or the detection of a vanished peer, nothing else.
  static_cast<void>(setsockopt(descriptor, level, name, &value, sizeof value));
}

}  // namespace

std::unique_ptr<ByteStream> make_tcp_stream(Loop& loop, int descriptor) {
  return std::make_unique<TcpStream>(loop.context(), descriptor);
}

void set_socket_options(int descriptor) {
  set_option(descriptor, IPPROTO_TCP, TCP_NODELAY, 1);
  set_option(descriptor, SOL_SOCKET, SO_KEEPALIVE, 1);
}

}  // namespace millrace::node
