#include "node/peer/probe.h"

#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <optional>
#include <vector>

#include "node/peer/constants.h"

namespace millrace::node {
namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;

class Probe : public std::enable_shared_from_this<Probe> {
 public:
  Probe(Loop& loop, std::shared_ptr<LoopGate> gate, absl::AnyInvocable<void(bool) &&> done)
      : gate_(std::move(gate)),
        done_(std::move(done)),
        resolver_(loop.context()),
        socket_(loop.context()),
        timer_(loop, gate_) {}

  void start(const Endpoint& address) {
    timer_.start(kProbeTimeout, [self = shared_from_this()] { self->finish(false); });
    resolver_.async_resolve(address.host, std::to_string(address.port),
                            [self = shared_from_this()](const error_code& error,
                                                        const tcp::resolver::results_type& found) {
                              self->gate_->run([&] { self->on_resolved(error, found); });
                            });
  }

 private:
  void on_resolved(const error_code& error, const tcp::resolver::results_type& found) {
    if (!done_) return;
    if (error || found.empty()) return finish(false);
    for (const auto& each : found) addresses_.push_back(each.endpoint());
    begin_round();
  }

  void begin_round() {
    next_ = 0;
    timer_.start(kProbeTimeout, [self = shared_from_this()] { self->finish(false); });
    connect();
  }

  void connect() {
    error_code ignored;  // of a socket that is closed already
    socket_.close(ignored);
    socket_.async_connect(addresses_[next_], [self = shared_from_this()](const error_code& error) {
      self->gate_->run([&] { self->on_connected(error); });
    });
  }

  void on_connected(const error_code& error) {
    if (!done_) return;
    if (error != boost::asio::error::connection_refused) return finish(false);
    if (++next_ < addresses_.size()) return connect();
    if (++rounds_ == kProbes) return finish(true);
    timer_.start(kProbeInterval, [self = shared_from_this()] { self->begin_round(); });
  }

  void finish(bool all_refused) {
    timer_.cancel();
    error_code ignored;  // it may never have been open
    socket_.close(ignored);
    resolver_.cancel();
    if (auto done = std::exchange(done_, nullptr)) std::move(done)(all_refused);
  }

  const std::shared_ptr<LoopGate> gate_;
  absl::AnyInvocable<void(bool) &&> done_;
  tcp::resolver resolver_;
  tcp::socket socket_;
  LoopTimer timer_;
  std::vector<tcp::endpoint> addresses_;
  std::size_t next_ = 0;
  int rounds_ = 0;
};

}  // namespace

void probe_endpoint(Loop& loop, std::shared_ptr<LoopGate> gate, const Endpoint& address,
                    absl::AnyInvocable<void(bool) &&> done) {
  std::make_shared<Probe>(loop, std::move(gate), std::move(done))->start(address);
}

}  // namespace millrace::node
