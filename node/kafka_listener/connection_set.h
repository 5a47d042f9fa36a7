#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/functional/any_invocable.h>

#include <atomic>
#include <memory>
#include <vector>

#include "base/executor.h"
#include "node/kafka_listener/connection.h"
#include "node/log/log.h"

namespace millrace::node {

/// All connections of one loop.
///
/// Owner: the assembly; lives on its loop, except connection_count() and the stats, which any
/// thread may read. It is not pure only in that it logs.
class ConnectionSet final : private ConnectionHost {
 public:
  struct Shared {
    std::shared_ptr<BlockPool> pool;
    std::shared_ptr<MemoryBudget> budget;
  };
  /// What the set asks of its loop.
  struct Hooks {
    /// Runs a task after the events that are ready now.
    absl::AnyInvocable<void(Task)> later;
    /// Connections wait for memory: call resume_paused() soon, and again while has_paused().
    absl::AnyInvocable<void()> paused;
  };

  ConnectionSet(const Clock& clock, ConnectionLimits limits, Shared shared, RequestHandler& handler,
                Hooks hooks);
  ~ConnectionSet() override;
  /// Before anything else, when the constructor was given none.
  void set_hooks(Hooks hooks) { hooks_ = std::move(hooks); }

  /// Takes over a connected stream. `on_gone` runs when the connection has been closed.
  void add(broker::ConnectionId id, std::unique_ptr<ByteStream> stream,
           broker::RequestContext context, Task on_gone);
  void reply(broker::RequestId request, broker::Reply reply);
  /// Enforces the time limits.
  void sweep();
  /// Lets connections read again that waited for memory, if there is some.
  void resume_paused();
  [[nodiscard]] bool has_paused() const { return !paused_.empty(); }
  /// No further requests; connections close as their replies are written.
  void drain();
  void close_all();

  [[nodiscard]] std::size_t connection_count() const { return count_.load(); }
  /// Closed for an error since the start.
  [[nodiscard]] std::uint64_t error_count() const { return errors_.load(); }

 private:
  struct Entry {
    std::unique_ptr<Connection> connection;
    Task on_gone;
  };

  MonotonicTime now() override { return clock_.now(); }
  MutableByteView scratch() override { return scratch_; }
  const ConnectionLimits& limits() const override { return limits_; }
  MemoryBudget& budget() override { return *shared_.budget; }
  RequestHandler& handler() override { return handler_; }
  void flush_later(Connection& connection) override;
  void resume_later(Connection& connection) override;
  void on_closed(Connection& connection, CloseKind kind, const std::string& reason) override;

  void end_turn_later();
  void end_turn();
  template <class Action>
  void for_each(Action action);
  Connection* find(broker::ConnectionId id);

  const Clock& clock_;
  const ConnectionLimits limits_;
  const Shared shared_;
  RequestHandler& handler_;
  Hooks hooks_;
  std::vector<std::uint8_t> scratch_;
  absl::flat_hash_map<broker::ConnectionId, Entry> connections_;
  std::vector<broker::ConnectionId> to_flush_;
  std::vector<broker::ConnectionId> paused_;
  std::vector<Entry> retired_;
  bool end_turn_scheduled_ = false;
  LineLimit error_lines_;
  std::atomic<std::size_t> count_ = 0;
  std::atomic<std::uint64_t> errors_ = 0;
};

}  // namespace millrace::node
