#include "node/peer/peers.h"

#include <fmt/format.h>

#include "base/check.h"
#include "node/log/log.h"
#include "node/loops/system_clock.h"
#include "node/peer/acceptor.h"
#include "node/peer/asks.h"
#include "node/peer/constants.h"
#include "node/peer/dialer.h"
#include "node/peer/grpc_settings.h"
#include "node/peer/probe.h"
#include "node/peer/server.h"
#include "node/peer/tls_files.h"

namespace millrace::node {
namespace {

PeerContext make_context(Loop& loop, const Peers::Options& options, Peers::Handlers handlers) {
  const auto gate = std::make_shared<LoopGate>(loop);
  auto counters = std::make_shared<CounterBook>();
  auto credentials =
      make_credentials(options.tls, options.cluster_id, [counters](const Error& why) {
        counters->add(&PeerCounters::refused_here);
        warn_once("peer certificate: " + why.message, "refused another node's certificate",
                  {{"reason", why.message}});
      });
  return {loop,
          gate,
          HandshakeRules{options.cluster_id, options.self, options.tls.has_value()},
          std::move(credentials),
          std::move(handlers),
          std::move(counters),
          std::make_shared<CallTracker>(),
          Random(options.random_seed)};
}

}  // namespace

struct Peers::Impl {
  Impl(Loop& loop, const Options& options, Handlers handlers)
      : tls(options.tls),
        context(make_context(loop, options, std::move(handlers))),
        dialer(context),
        acceptor(context),
        asks(context, dialer) {}

  Status listen(const Endpoint& bind) {
    Status status;
    // Whoever dials at once is served when our own address is known, which our Hello tells.
    context.gate->hold_back([&] {
      auto started =
          PeerServer::start(bind, context.credentials.server, context.gate, server_events());
      if (!started) {
        status = fail(started.error());
        return;
      }
      server = std::move(*started);
      auto& advertised = context.rules.self.advertised;
      if (advertised.port == 0) advertised.port = server->port();
    });
    return status;
  }

  PeerServer::Events server_events() {
    return {[this](std::shared_ptr<FrameStream> stream) { acceptor.on_stream(std::move(stream)); },
            [this](Question question, const std::vector<std::string>& uris, Answer answer) {
              on_question(std::move(question), uris, std::move(answer));
            }};
  }

  void on_question(Question question, const std::vector<std::string>& uris, Answer answer) {
    if (auto ok = check_question(context.rules, question, uris); !ok) {
      context.counters->add(&PeerCounters::refused_here);
      return std::move(answer)(fail(ok.error()));
    }
    const auto* identity = acceptor.identity_of(question.from);
    if (identity == nullptr || identity->incarnation != question.incarnation) {
      return std::move(answer)(fail(ErrorCode::kWouldBlock,
                                    fmt::format("node {} has no stream to node {} now; ask again",
                                                question.from.value(), question.to.value())));
    }
    context.counters->add(question.from, &PeerTraffic::asks_in);
    context.counters->add(question.from, &PeerTraffic::bytes_in, question.request.size());
    context.handlers.request(PeerIdentity(*identity), std::move(question.request),
                             std::move(answer));
  }

  void stop() {
    if (std::exchange(stopped, true)) return;
    context.gate->close();
    dialer.close();
    acceptor.close();
    asks.close();
    if (server) server->stop();
    context.calls->wait_for_none();
    // gRPC 1.51 keeps its threads of callbacks while a channel or server lives. Whoever lets go of
    // the last one joins them, so it must not be one of them: calls hand their channels to the loop
    // when they are over, and the server is kept until they are.
    if (server) server->release();
  }

  const std::optional<PeerTls> tls;
  PeerContext context;
  Dialer dialer;
  PeerAcceptor acceptor;
  Asks asks;
  std::unique_ptr<PeerServer> server;
  bool stopped = false;
};

Result<std::unique_ptr<Peers>> Peers::start(Loop& loop, Options options, Handlers handlers) {
  CHECK(handlers.admit && handlers.message && handlers.request);
  redirect_grpc_log();
  if (options.tls) {
    RETURN_IF_ERROR(check_tls_files(*options.tls, {options.cluster_id, options.self.node},
                                    SystemClock().wall_now()));
  }
  auto impl = std::make_unique<Impl>(loop, options, std::move(handlers));
  RETURN_IF_ERROR(impl->listen(options.bind));
  return std::unique_ptr<Peers>(new Peers(std::move(impl)));
}

Peers::Peers(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Peers::~Peers() {
  stop();
}

void Peers::stop() {
  impl_->stop();
}

void Peers::set_address(NodeId node, const Endpoint& address) {
  if (!impl_->stopped) impl_->dialer.set_address(node, address);
}

void Peers::set_seeds(std::vector<Endpoint> seeds) {
  if (!impl_->stopped) impl_->dialer.set_seeds(std::move(seeds));
}

void Peers::forget(NodeId node) {
  if (!impl_->stopped) impl_->dialer.forget(node);
}

void Peers::send(raft::Message message) {
  impl_->dialer.send(message);
}

void Peers::ask(NodeId to, SharedBytes request, Duration timeout, Answer done) {
  impl_->asks.ask(to, std::move(request), timeout, std::move(done));
}

void Peers::probe(NodeId node, absl::AnyInvocable<void(bool all_refused) &&> done) {
  const auto& context = impl_->context;
  const auto* incoming = impl_->acceptor.identity_of(node);
  const auto address =
      incoming != nullptr ? std::optional(incoming->advertised) : impl_->dialer.address_of(node);
  if (!address) {
    return context.gate->post([done = std::move(done)]() mutable { std::move(done)(false); });
  }
  probe_endpoint(context.loop, context.gate, *address, std::move(done));
}

std::uint16_t Peers::port() const {
  return impl_->server->port();
}

PeerCounters Peers::counters() const {
  return impl_->context.counters->read();
}

std::optional<TimestampMs> Peers::certificate_expires_at() const {
  if (!impl_->tls) return std::nullopt;
  const auto expiry = certificate_expiry(impl_->tls->certificate_file);
  return expiry ? std::optional(*expiry) : std::nullopt;
}

}  // namespace millrace::node
