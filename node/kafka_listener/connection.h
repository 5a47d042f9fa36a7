#pragma once

#include <deque>
#include <memory>
#include <string>

#include "node/kafka_listener/byte_stream.h"
#include "node/kafka_listener/frame_reader.h"
#include "node/kafka_listener/limits.h"
#include "node/kafka_listener/progress_window.h"
#include "node/kafka_listener/reply_queue.h"
#include "node/kafka_listener/request_handler.h"

namespace millrace::node {

/// Why a connection ended.
enum class CloseKind {
  kPeer,   // the client closed it between requests
  kIdle,   // connections.max.idle.ms
  kStop,   // the node stops
  kError,  // anything else; worth a log line
};

/// What a connection needs from the loop it lives on. ConnectionSet implements it.
class ConnectionHost {
 public:
  virtual ~ConnectionHost() = default;
  [[nodiscard]] virtual MonotonicTime now() = 0;
  /// Memory to receive into, shared by all connections of the loop; its content is valid until the
  /// next call.
  [[nodiscard]] virtual MutableByteView scratch() = 0;
  [[nodiscard]] virtual const ConnectionLimits& limits() const = 0;
  [[nodiscard]] virtual MemoryBudget& budget() = 0;
  [[nodiscard]] virtual RequestHandler& handler() = 0;
  /// Output has gathered: call flush() at the end of this turn.
  virtual void flush_later(class Connection& connection) = 0;
  /// Reading stopped for want of memory: call resume_reading() when there is some.
  virtual void resume_later(class Connection& connection) = 0;
  /// The stream is closed; destroy the connection once no call into it is on the stack.
  virtual void on_closed(class Connection& connection, CloseKind kind,
                         const std::string& reason) = 0;
};

/// One client connection: reads requests, hands them over, writes replies in the order of requests.
/// When a limit is reached it stops reading, and TCP makes the client wait.
///
/// Owner: the loop's ConnectionSet; lives on that loop. Invariants:
/// 1. While idle it holds no buffer.
/// 2. Requests are handed over in order of arrival, at most limits().in_flight_requests_max at a
/// time.
/// 3. A request whose reply may be huge (a fetch) is handed over only when nothing else is in
/// flight,
///    so a connection holds at most one such reply.
/// 4. After close() the handler is never called for it again.
class Connection final : private ByteStream::Events {
 public:
  Connection(broker::ConnectionId id, std::unique_ptr<ByteStream> stream, ConnectionHost& host,
             std::shared_ptr<BlockPool> pool, std::shared_ptr<MemoryBudget> budget,
             broker::RequestContext context);
  ~Connection() override;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Begins to read.
  void start();
  /// `sequence` as given to the handler. Late replies to a closed connection are dropped.
  void reply(std::uint64_t sequence, broker::Reply reply);
  /// Writes what there is.
  void flush();
  void resume_reading();
  /// Checks the time limits; called every second or so.
  void sweep(MonotonicTime now);
  /// Reads no further request; closes when the replies to those in flight are written.
  void drain();
  void close(CloseKind kind, const std::string& reason);

  [[nodiscard]] broker::ConnectionId id() const { return id_; }
  [[nodiscard]] bool is_closed() const { return closed_; }
  [[nodiscard]] const broker::RequestContext& context() const { return context_; }

 private:
  void on_readable() override;
  void on_writable() override;

  std::size_t read_once();
  void dispatch();
  [[nodiscard]] bool may_dispatch(const SharedBytes& frame) const;
  [[nodiscard]] bool may_read() const;
  void continue_reading();
  void close_if_drained();
  void release_reply_charge();

  const broker::ConnectionId id_;
  const std::unique_ptr<ByteStream> stream_;
  ConnectionHost& host_;
  FrameReader reader_;
  std::deque<SharedBytes> waiting_;  // received, not handed over yet
  ReplyQueue replies_;
  std::uint64_t reply_bytes_charged_ = 0;
  broker::RequestContext context_;
  MonotonicTime last_activity_;
  ProgressWindow receiving_;
  ProgressWindow sending_;
  bool read_armed_ = false;
  bool write_armed_ = false;
  bool flush_scheduled_ = false;
  bool paused_ = false;
  bool draining_ = false;
  bool closed_ = false;
};

}  // namespace millrace::node
