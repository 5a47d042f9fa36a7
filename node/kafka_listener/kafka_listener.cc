#include "node/kafka_listener/kafka_listener.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "node/kafka_listener/tcp_stream.h"

namespace millrace::node {
namespace {

constexpr auto kSweepInterval = std::chrono::seconds(1);
constexpr auto kResumeInterval = std::chrono::milliseconds(2);

}  // namespace

struct KafkaListener::LoopPart {
  LoopPart(Loop& loop, const Clock& clock, const ConnectionLimits& limits,
           ConnectionSet::Shared shared, RequestHandler& handler)
      : loop(loop),
        sweep_timer(loop.context()),
        resume_timer(loop.context()),
        connections(clock, limits, std::move(shared), handler, {}) {}

  Loop& loop;
  boost::asio::steady_timer sweep_timer;
  boost::asio::steady_timer resume_timer;
  ConnectionSet connections;
  std::atomic<std::size_t> assigned = 0;  // connections here or on their way
};

KafkaListener::KafkaListener(const Clock& clock, Options options, std::shared_ptr<BlockPool> pool,
                             const std::vector<Part>& parts)
    : clock_(clock),
      options_(options),
      admission_(
          std::make_shared<Admission>(options.connections_max, options.connections_per_ip_max)),
      pool_(std::move(pool)),
      budget_(std::make_shared<MemoryBudget>(options.memory_bytes)) {
  for (const auto& [loop, handler] : parts) {
    auto part = std::make_unique<LoopPart>(*loop, clock, options.limits,
                                           ConnectionSet::Shared{pool_, budget_}, *handler);
    part->connections.set_hooks(
        {.later = [loop = loop](Task task) { boost::asio::post(loop->context(), std::move(task)); },
         .paused = [this, raw = part.get()] { resume_soon(*raw); }});
    parts_.push_back(std::move(part));
  }
}

KafkaListener::~KafkaListener() = default;

void KafkaListener::start(std::vector<BoundListener> listeners) {
  for (auto& part : parts_) {
    part->loop.post([this, raw = part.get()] { keep_time(*raw); });
  }
  auto& loop = parts_.front()->loop;
  loop.post([this, &loop, listeners = std::move(listeners)]() mutable {
    for (auto& each : listeners) {
      const auto listener = std::make_shared<BoundListener>(std::move(each));
      acceptors_.push_back(
          std::make_unique<Acceptor>(loop, clock_, std::move(listener->socket), listener->name,
                                     admission_, [this, listener](int descriptor, std::string ip) {
                                       adopt(*listener, descriptor, std::move(ip));
                                     }));
      acceptors_.back()->start();
    }
  });
}

KafkaListener::LoopPart& KafkaListener::emptiest() {
  auto* best = parts_.front().get();
  for (auto& part : parts_) {
    if (part->assigned.load() < best->assigned.load()) best = part.get();
  }
  return *best;
}

void KafkaListener::adopt(const BoundListener& listener, int descriptor, std::string ip) {
  set_socket_options(descriptor);
  const broker::ConnectionId id(connections_created_.fetch_add(1) + 1);
  broker::RequestContext context;
  context.listener = listener.name;
  context.client_host = ip;
  context.is_authenticated = !listener.requires_authentication;
  auto& part = emptiest();
  part.assigned.fetch_add(1);
  // The stream is made here, so that the socket is closed whatever becomes of the task. Until the
  // task runs on the stream's loop, nothing else touches it.
  auto stream = make_tcp_stream(part.loop, descriptor);
  auto on_gone = [admission = admission_, &part, ip = std::move(ip)] {
    part.assigned.fetch_sub(1);
    admission->leave(ip);
  };
  part.loop.post([&part, id, stream = std::move(stream), context = std::move(context),
                  on_gone = std::move(on_gone)]() mutable {
    part.connections.add(id, std::move(stream), std::move(context), std::move(on_gone));
  });
}

void KafkaListener::keep_time(LoopPart& part) {
  if (&part == parts_.front().get()) pool_->trim();
  part.connections.sweep();
  part.sweep_timer.expires_after(kSweepInterval);
  part.sweep_timer.async_wait([this, &part](const boost::system::error_code& error) {
    if (!error) keep_time(part);
  });
}

void KafkaListener::resume_soon(LoopPart& part) {
  part.resume_timer.expires_after(kResumeInterval);
  part.resume_timer.async_wait([this, &part](const boost::system::error_code& error) {
    if (error) return;
    part.connections.resume_paused();
    if (part.connections.has_paused()) resume_soon(part);
  });
}

void KafkaListener::reply(std::size_t part, broker::RequestId request, broker::Reply reply) {
  parts_[part]->connections.reply(request, std::move(reply));
}

void KafkaListener::drain() {
  parts_.front()->loop.post([this] {
    for (auto& acceptor : acceptors_) acceptor->stop();
    acceptors_.clear();
    // Connections that were accepted before are on their way to their loops ahead of this.
    for (auto& part : parts_) {
      part->loop.post([raw = part.get()] { raw->connections.drain(); });
    }
  });
}

void KafkaListener::close_all() {
  for (auto& part : parts_) {
    part->loop.post([raw = part.get()] { raw->connections.close_all(); });
  }
}

KafkaListener::Stats KafkaListener::stats() const {
  Stats stats{0, connections_created_.load(), 0, budget_->used()};
  for (const auto& part : parts_) {
    stats.connections += part->connections.connection_count();
    stats.closed_for_error += part->connections.error_count();
  }
  return stats;
}

}  // namespace millrace::node
