#include "node/kafka_listener/connection_set.h"

namespace millrace::node {
namespace {

/// Large enough for the small requests that arrive together, small enough that copying the head of
/// a large one out of it does not matter.
constexpr std::size_t kScratchBytes = 16 << 10;
constexpr int kErrorLinesPerInterval = 10;
constexpr Duration kErrorLineInterval = std::chrono::seconds(10);

}  // namespace

ConnectionSet::ConnectionSet(const Clock& clock, ConnectionLimits limits, Shared shared,
                             RequestHandler& handler, Hooks hooks)
    : clock_(clock),
      limits_(limits),
      shared_(std::move(shared)),
      handler_(handler),
      hooks_(std::move(hooks)),
      scratch_(kScratchBytes),
      error_lines_(kErrorLinesPerInterval, kErrorLineInterval) {}

ConnectionSet::~ConnectionSet() = default;

void ConnectionSet::add(broker::ConnectionId id, std::unique_ptr<ByteStream> stream,
                        broker::RequestContext context, Task on_gone) {
  ConnectionHost& host = *this;
  auto connection = std::make_unique<Connection>(id, std::move(stream), host, shared_.pool,
                                                 shared_.budget, std::move(context));
  auto* raw = connection.get();
  CHECK(connections_.try_emplace(id, Entry{std::move(connection), std::move(on_gone)}).second);
  count_.store(connections_.size());
  raw->start();
}

Connection* ConnectionSet::find(broker::ConnectionId id) {
  const auto found = connections_.find(id);
  return found == connections_.end() ? nullptr : found->second.connection.get();
}

void ConnectionSet::reply(broker::RequestId request, broker::Reply reply) {
  if (auto* connection = find(request.connection)) {
    connection->reply(request.sequence, std::move(reply));
  }
}

void ConnectionSet::flush_later(Connection& connection) {
  to_flush_.push_back(connection.id());
  end_turn_later();
}

void ConnectionSet::resume_later(Connection& connection) {
  paused_.push_back(connection.id());
  if (paused_.size() == 1) hooks_.paused();
}

void ConnectionSet::end_turn_later() {
  if (std::exchange(end_turn_scheduled_, true)) return;
  hooks_.later([this] { end_turn(); });
}

void ConnectionSet::end_turn() {
  end_turn_scheduled_ = false;
  for (const auto id : std::exchange(to_flush_, {})) {
    if (auto* connection = find(id)) connection->flush();
  }
  for (auto& entry : std::exchange(retired_, {})) {
    if (entry.on_gone) std::move(entry.on_gone)();
  }
}

void ConnectionSet::on_closed(Connection& connection, CloseKind kind, const std::string& reason) {
  const auto id = connection.id();
  const auto found = connections_.find(id);
  CHECK(found != connections_.end());
  if (kind == CloseKind::kError) {
    errors_.fetch_add(1);
    if (error_lines_.allow(now())) {
      log_warn("closed a connection", {{"reason", reason},
                                       {"client", connection.context().client_host},
                                       {"listener", connection.context().listener},
                                       error_lines_.take_suppressed()});
    }
  }
  retired_.push_back(std::move(found->second));
  connections_.erase(found);
  count_.store(connections_.size());
  handler_.on_connection_closed(id);
  end_turn_later();
}

/// For actions that may close connections.
template <class Action>
void ConnectionSet::for_each(Action action) {
  std::vector<broker::ConnectionId> ids;
  ids.reserve(connections_.size());
  for (const auto& [id, entry] : connections_) ids.push_back(id);
  for (const auto id : ids) {
    if (auto* connection = find(id)) action(*connection);
  }
}

void ConnectionSet::sweep() {
  for_each([at = now()](Connection& connection) { connection.sweep(at); });
}

void ConnectionSet::resume_paused() {
  if (paused_.empty() || !shared_.budget->may_resume()) return;
  for (const auto id : std::exchange(paused_, {})) {
    if (auto* connection = find(id)) connection->resume_reading();
  }
}

void ConnectionSet::drain() {
  for_each([](Connection& connection) { connection.drain(); });
}

void ConnectionSet::close_all() {
  for_each([](Connection& connection) { connection.close(CloseKind::kStop, "the node stops"); });
}

}  // namespace millrace::node
