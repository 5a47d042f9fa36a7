#include "node/http/http_server.h"

#include <unistd.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <cerrno>
#include <optional>

#include "base/check.h"

namespace millrace::node {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;
using tcp = boost::asio::ip::tcp;
using SystemError = boost::system::error_code;

constexpr auto kRequestTime = std::chrono::seconds(10);
constexpr auto kReplyTime = std::chrono::seconds(30);
constexpr auto kPauseAfterError = std::chrono::milliseconds(100);

/// One HTTP connection, kept alive by its pending operation.
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(tcp::socket socket, std::shared_ptr<HttpServer::Handler> handler,
          std::shared_ptr<std::size_t> count)
      : stream_(std::move(socket)), handler_(std::move(handler)), count_(std::move(count)) {
    ++*count_;
  }
  ~Session() { --*count_; }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  void read() {
    parser_.emplace();
    parser_->header_limit(HttpServer::kHeaderBytesMax);
    parser_->body_limit(0);
    stream_.expires_after(kRequestTime);
    http::async_read(stream_, buffer_, *parser_,
                     [self = shared_from_this()](const SystemError& error, std::size_t) {
                       self->on_read(error);
                     });
  }

 private:
  void on_read(const SystemError& error) {
    if (error == http::error::body_limit) return reply({413, "text/plain", "no bodies, please\n"});
    if (error == http::error::header_limit) return reply({431, "text/plain", "too long\n"});
    if (error) return;  // closed, timed out, or not HTTP: there is nobody to tell
    const auto& request = parser_->get();
    if (request.method() != http::verb::get && request.method() != http::verb::head) {
      return reply({405, "text/plain", "only GET and HEAD\n"});
    }
    const std::string target(request.target());
    (*handler_)(
        target.substr(0, target.find('?')),
        [self = shared_from_this()](HttpResponse response) { self->reply(std::move(response)); });
  }

  void reply(HttpResponse from) {
    const auto& request = parser_->get();
    response_ = {};
    response_.version(11);
    response_.result(static_cast<unsigned>(from.status));
    response_.set(http::field::content_type, from.content_type);
    response_.keep_alive(request.keep_alive() && parser_->is_done());
    response_.content_length(from.body.size());
    if (request.method() != http::verb::head) response_.body() = std::move(from.body);
    stream_.expires_after(kReplyTime);
    serializer_.emplace(response_);
    http::async_write(stream_, *serializer_,
                      [self = shared_from_this()](const SystemError& error, std::size_t) {
                        if (!error && self->response_.keep_alive()) self->read();
                      });
  }

  beast::tcp_stream stream_;
  const std::shared_ptr<HttpServer::Handler> handler_;
  const std::shared_ptr<std::size_t> count_;
  beast::flat_buffer buffer_{HttpServer::kHeaderBytesMax * 2};
  std::optional<http::request_parser<http::string_body>> parser_;
  http::response<http::string_body> response_;
  std::optional<http::response_serializer<http::string_body>> serializer_;
};

}  // namespace

struct HttpServer::Impl : std::enable_shared_from_this<Impl> {
  Impl(Loop& loop, const ListeningSocket& socket, Handler handler)
      : acceptor(loop.context()),
        pause(loop.context()),
        handler(std::make_shared<Handler>(std::move(handler))) {
    const int copy = dup(socket.descriptor());
    CHECK_MSG(copy >= 0, std::string("dup: errno ") + std::to_string(errno));
    acceptor.assign(socket.is_ipv6() ? tcp::v6() : tcp::v4(), copy);
  }

  void accept() {
    acceptor.async_accept([self = shared_from_this()](const SystemError& error,
                                                      tcp::socket socket) {
      if (!self->acceptor.is_open()) return;
      if (error) return self->accept_later();
      if (*self->session_count < kConnectionsMax) {
        std::make_shared<Session>(std::move(socket), self->handler, self->session_count)->read();
      }
      self->accept();
    });
  }

  /// Out of descriptors, most likely: the system gets a moment.
  void accept_later() {
    pause.expires_after(kPauseAfterError);
    pause.async_wait([self = shared_from_this()](const SystemError& error) {
      if (!error && self->acceptor.is_open()) self->accept();
    });
  }

  void stop() {
    SystemError ignored;  // the descriptor is gone either way
    acceptor.close(ignored);
    pause.cancel();
  }

  tcp::acceptor acceptor;
  boost::asio::steady_timer pause;
  const std::shared_ptr<Handler> handler;
  const std::shared_ptr<std::size_t> session_count = std::make_shared<std::size_t>(0);
};

HttpServer::HttpServer(Loop& loop, ListeningSocket socket, Handler handler)
    : impl_(std::make_shared<Impl>(loop, socket, std::move(handler))), loop_(loop) {}

HttpServer::~HttpServer() = default;

void HttpServer::start() {
  loop_.post([impl = impl_] { impl->accept(); });
}

void HttpServer::stop() {
  loop_.post([impl = impl_] { impl->stop(); });
}

}  // namespace millrace::node
