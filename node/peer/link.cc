#include "node/peer/link.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"
#include "node/log/log.h"
#include "node/peer/constants.h"

namespace millrace::node {

namespace {

/// gRPC's reason in words that say what to do, where it is about certificates.
std::string explain(const std::string& why, bool tls) {
  const auto says = [&](std::string_view part) { return why.find(part) != std::string::npos; };
  if (tls && says("handshake failed")) {
    return fmt::format(
        "the TLS handshake failed: one side runs without TLS or with the CA of "
        "another cluster; give both certificates of one CA, from 'millrace tls "
        "issue' ({})",
        why);
  }
  if (!tls && (says("Socket closed") || says("reset by peer"))) {
    return fmt::format(
        "the other side hung up at once, as one with TLS does to one without; give "
        "this node a certificate, from 'millrace tls issue' ({})",
        why);
  }
  return why;
}

}  // namespace

Duration back_off(int failures, Random& random) {
  constexpr int kDoublings = 5;  // 50 ms << 5 is beyond the maximum
  const auto longest = std::min(kBackOffMin * (1 << std::min(failures, kDoublings)), kBackOffMax);
  const auto ns = std::chrono::duration_cast<Duration>(longest).count();
  return Duration(std::max(std::chrono::duration_cast<Duration>(kBackOffMin).count(),
                           random.between(ns - ns / 5, ns)));
}

Link::Link(PeerContext& context, Endpoint address, std::optional<NodeId> expected, Events events)
    : context_(context),
      address_(std::move(address)),
      expected_(expected),
      events_(std::move(events)),
      timer_(context.loop, context.gate) {}

void Link::dial() {
  CHECK(!closed_);
  drop_stream();
  state_ = State::kDialling;
  stream_ = open_stream(context_.open_channel(address_), context_.gate, context_.calls);
  stream_->set_events(stream_events());
  writing_ = true;
  stream_->write(encode(Frame(hello_of(context_.rules))));
  stream_->read_next();
  timer_.start(kHandshakeTimeout, [self = shared_from_this()] {
    self->give_up({ErrorCode::kTimedOut, "no answer to the handshake in time"});
  });
}

FrameStream::Events Link::stream_events() {
  const auto weak = weak_from_this();
  return {
      [weak](Result<Frame> frame, std::size_t) {
        if (const auto self = weak.lock()) self->on_frame(std::move(frame));
      },
      [weak] {
        if (const auto self = weak.lock()) self->on_written();
      },
      [weak](const std::string& why) {
        if (const auto self = weak.lock()) {
          self->give_up({ErrorCode::kReplicaNotAvailable, explain(why, self->context_.rules.tls)});
        }
      }};
}

void Link::sleep() {
  drop_stream();
  timer_.cancel();
  state_ = State::kAsleep;
}

void Link::close() {
  closed_ = true;
  sleep();
}

void Link::expect(NodeId node) {
  CHECK(!expected_);
  expected_ = node;
}

void Link::send(NodeId to, SharedBytes frame) {
  CHECK(is_connected());
  const bool room =
      queue_.size() < kQueueFramesMax && queue_bytes_ + frame.size() <= kQueueBytesMax;
  if (!room || frame.size() > kFrameBytesMax) {
    context_.counters->add(to, &PeerTraffic::messages_dropped);
    return;
  }
  queue_bytes_ += frame.size();
  queue_.push_back(std::move(frame));
  if (!writing_) write_next();
}

void Link::write_next() {
  auto frame = std::move(queue_.front());
  queue_.pop_front();
  queue_bytes_ -= frame.size();
  context_.counters->add(remote_->node, &PeerTraffic::messages_out);
  context_.counters->add(remote_->node, &PeerTraffic::bytes_out, frame.size());
  writing_ = true;
  stream_->write(std::move(frame));
}

void Link::on_written() {
  writing_ = false;
  if (!queue_.empty()) write_next();
}

void Link::on_frame(Result<Frame> frame) {
  if (!frame) {
    context_.counters->add(&PeerCounters::malformed);
    return give_up(frame.error());
  }
  if (const auto* refusal = std::get_if<Refusal>(&*frame)) {
    return give_up({ErrorCode::kInvalidRequest, refusal->reason});
  }
  const auto* hello = std::get_if<PeerHello>(&*frame);
  if (hello == nullptr || state_ != State::kDialling) {
    context_.counters->add(&PeerCounters::malformed);
    return give_up({ErrorCode::kMalformed, "the other side sent a frame out of turn"});
  }
  on_hello(*hello);
}

void Link::on_hello(const PeerHello& hello) {
  const auto ok = check_hello(context_.rules, hello, stream_->certificate_uris(), expected_);
  if (!ok) {
    context_.counters->add(&PeerCounters::refused_here);
    return give_up(ok.error());
  }
  timer_.cancel();
  state_ = State::kConnected;
  remote_ = hello.identity;
  failures_ = 0;
  reported_.clear();
  stream_->read_next();  // nothing comes but the end
  events_.connected(*this);
}

void Link::give_up(Error why) {
  const bool was_connected = is_connected();
  drop_stream();
  wait_and_dial();
  if (!was_connected) {
    context_.counters->add(&PeerCounters::failed_out);
    report(why);
  }
  if (was_connected) events_.disconnected(*this);
}

void Link::report(const Error& why) {
  if (reported_ == why.message) return;
  reported_ = why.message;
  log_warn("cannot connect to a node", {{"address", to_string(address_)},
                                        {"node", expected_ ? to_string(*expected_) : "?"},
                                        {"reason", why.message}});
  if (context_.handlers.refused) context_.handlers.refused(address_, why);
}

void Link::wait_and_dial() {
  state_ = State::kWaiting;
  timer_.start(back_off(failures_++, context_.random),
               [self = shared_from_this()] { self->dial(); });
}

void Link::drop_stream() {
  if (remote_ && !queue_.empty()) {
    context_.counters->add(remote_->node, &PeerTraffic::messages_dropped, queue_.size());
  }
  queue_.clear();
  queue_bytes_ = 0;
  writing_ = false;
  if (!stream_) return;
  stream_->detach();
  stream_->close();
  stream_ = nullptr;
}

}  // namespace millrace::node
