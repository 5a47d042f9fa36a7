#include "node/kafka_listener/connection.h"

#include <fmt/format.h>

#include <cstring>

namespace millrace::node {
namespace {

/// Bytes that one connection may receive before the others of its loop get their turn.
constexpr std::size_t kReadBytesPerTurn = 2 << 20;
constexpr std::size_t kPiecesPerWrite = 64;
constexpr std::int16_t kFetchKey = 1;

bool may_have_huge_reply(const SharedBytes& frame) {
  return load_be<std::int16_t>(frame.data()) == kFetchKey;
}

}  // namespace

Connection::Connection(broker::ConnectionId id, std::unique_ptr<ByteStream> stream,
                       ConnectionHost& host, std::shared_ptr<BlockPool> pool,
                       std::shared_ptr<MemoryBudget> budget, broker::RequestContext context)
    : id_(id),
      stream_(std::move(stream)),
      host_(host),
      reader_(std::move(pool), std::move(budget)),
      context_(std::move(context)),
      last_activity_(host.now()) {
  stream_->set_events(this);
}

Connection::~Connection() {
  stream_->close();
  host_.budget().release(reply_bytes_charged_);
}

void Connection::start() {
  continue_reading();
}

void Connection::on_readable() {
  read_armed_ = false;
  for (std::size_t bytes = 0; !closed_ && may_read() && bytes < kReadBytesPerTurn;) {
    const std::size_t got = read_once();
    if (got == 0) break;
    bytes += got;
  }
  if (!closed_) continue_reading();
}

/// How much was received, or 0 when there is no more now.
std::size_t Connection::read_once() {
  const auto scratch = host_.scratch();
  std::array<iovec, 2> buffers;
  const int used = reader_.next_buffers(scratch, buffers);
  std::size_t asked = 0;
  for (int i = 0; i < used; ++i) asked += buffers[i].iov_len;
  const auto outcome = stream_->read({buffers.data(), static_cast<std::size_t>(used)});
  switch (outcome.kind) {
    case IoOutcome::Kind::kWouldBlock:
      return 0;
    case IoOutcome::Kind::kEnd:
      if (reader_.is_inside_frame()) {
        close(CloseKind::kError, "the client closed the connection in the middle of a request");
      } else {
        close(CloseKind::kPeer, "closed by the client");
      }
      return 0;
    case IoOutcome::Kind::kFailed:
      close(CloseKind::kPeer, std::strerror(outcome.error));
      return 0;
    case IoOutcome::Kind::kBytes:
      break;
  }
  const auto limit = context_.is_authenticated ? host_.limits().request_bytes_max
                                               : host_.limits().unauthenticated_request_bytes_max;
  const std::size_t frames_before = waiting_.size();
  if (auto status = reader_.commit(scratch, outcome.bytes, limit, waiting_); !status) {
    close(CloseKind::kError, status.error().message);
    return 0;
  }
  last_activity_ = host_.now();
  if (waiting_.size() != frames_before || !reader_.is_inside_frame()) receiving_.end();
  if (reader_.is_inside_frame()) receiving_.begin(last_activity_);
  receiving_.moved(outcome.bytes);
  dispatch();
  return outcome.bytes == asked ? outcome.bytes : 0;
}

void Connection::dispatch() {
  while (!closed_ && !draining_ && !waiting_.empty() && may_dispatch(waiting_.front())) {
    auto frame = std::move(waiting_.front());
    waiting_.pop_front();
    const auto sequence = replies_.open(frame.size());
    host_.handler().on_request({id_, sequence}, context_, std::move(frame));
  }
}

bool Connection::may_dispatch(const SharedBytes& frame) const {
  if (replies_.in_flight() == 0) return true;
  const auto& limits = host_.limits();
  return !may_have_huge_reply(frame) && replies_.in_flight() < limits.in_flight_requests_max &&
         replies_.request_bytes() + frame.size() <= limits.in_flight_bytes_max &&
         replies_.unwritten_bytes() < limits.in_flight_bytes_max;
}

bool Connection::may_read() const {
  return !draining_ && waiting_.empty() &&
         (reader_.is_inside_frame() || !host_.budget().is_above_soft());
}

void Connection::continue_reading() {
  if (closed_ || read_armed_ || draining_) return;
  if (!may_read()) {
    receiving_.end();  // it is us who keep the client waiting
    if (waiting_.empty() && !std::exchange(paused_, true)) host_.resume_later(*this);
    return;
  }
  if (reader_.is_inside_frame()) receiving_.begin(host_.now());
  read_armed_ = true;
  stream_->wait_readable();
}

void Connection::resume_reading() {
  paused_ = false;
  continue_reading();
}

void Connection::reply(std::uint64_t sequence, broker::Reply reply) {
  if (closed_) return;
  if (reply.kind == broker::Reply::Kind::kClose) {
    close(CloseKind::kError, reply.reason);
    return;
  }
  const auto before = replies_.unwritten_bytes();
  replies_.fill(sequence, std::move(reply));
  const auto added = replies_.unwritten_bytes() - before;
  host_.budget().charge(added);
  reply_bytes_charged_ += added;
  if (flush_scheduled_) return;
  flush_scheduled_ = true;
  host_.flush_later(*this);
}

void Connection::flush() {
  flush_scheduled_ = false;
  while (!closed_ && !write_armed_ && replies_.has_output()) {
    std::array<iovec, kPiecesPerWrite> pieces;
    const std::size_t used = replies_.gather(pieces);
    std::size_t asked = 0;
    for (std::size_t i = 0; i < used; ++i) asked += pieces[i].iov_len;
    const auto outcome = stream_->write({pieces.data(), used});
    if (outcome.kind == IoOutcome::Kind::kFailed) {
      close(CloseKind::kPeer, std::strerror(outcome.error));
      return;
    }
    last_activity_ = host_.now();
    replies_.written(outcome.bytes);
    sending_.begin(last_activity_);
    sending_.moved(outcome.bytes);
    release_reply_charge();
    if (outcome.bytes < asked) {
      write_armed_ = true;
      stream_->wait_writable();
    }
  }
  if (closed_) return;
  if (!replies_.has_output()) sending_.end();
  dispatch();
  continue_reading();
  close_if_drained();
}

void Connection::release_reply_charge() {
  const auto left = replies_.unwritten_bytes();
  host_.budget().release(reply_bytes_charged_ - left);
  reply_bytes_charged_ = left;
}

void Connection::on_writable() {
  write_armed_ = false;
  flush();
}

void Connection::sweep(MonotonicTime now) {
  if (closed_) return;
  const auto& limits = host_.limits();
  if (receiving_.has_stalled(now, limits)) {
    close(CloseKind::kError, fmt::format("the client sends a request too slowly: {} of {} bytes",
                                         reader_.received_bytes(), reader_.frame_bytes()));
  } else if (sending_.has_stalled(now, limits)) {
    close(CloseKind::kError, fmt::format("the client does not read its replies: {} bytes wait",
                                         replies_.unwritten_bytes()));
  } else if (replies_.in_flight() == 0 && !reader_.is_inside_frame() && waiting_.empty() &&
             now - last_activity_ >= limits.idle_timeout) {
    close(CloseKind::kIdle, "idle");
  }
}

void Connection::drain() {
  draining_ = true;
  waiting_.clear();
  receiving_.end();
  close_if_drained();
}

void Connection::close_if_drained() {
  if (draining_ && !closed_ && replies_.in_flight() == 0) close(CloseKind::kStop, "the node stops");
}

void Connection::close(CloseKind kind, const std::string& reason) {
  if (closed_) return;
  closed_ = true;
  stream_->close();
  host_.on_closed(*this, kind, reason);
}

}  // namespace millrace::node
