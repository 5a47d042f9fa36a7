#include "node/peer/acceptor.h"

#include <fmt/format.h>

#include "node/log/log.h"
#include "node/loops/system_clock.h"
#include "node/peer/constants.h"

namespace millrace::node {

struct PeerAcceptor::Incoming {
  Incoming(std::shared_ptr<FrameStream> stream, PeerContext& context)
      : stream(std::move(stream)), handshake(context.loop, context.gate) {}

  std::shared_ptr<FrameStream> stream;
  LoopTimer handshake;
  std::optional<PeerIdentity> identity;  // once it is admitted
};

void PeerAcceptor::on_stream(std::shared_ptr<FrameStream> stream) {
  if (unknown_.size() + admitted_.size() >= kIncomingStreamsMax) {
    context_.counters->add(&PeerCounters::refused_here);
    stream->detach();
    return stream->close();
  }
  auto incoming = std::make_shared<Incoming>(std::move(stream), context_);
  unknown_.push_back(incoming);
  const std::weak_ptr<Incoming> weak = incoming;
  incoming->stream->set_events({[this, weak](Result<Frame> frame, std::size_t bytes) {
                                  if (const auto from = weak.lock()) {
                                    on_frame(from, std::move(frame), bytes);
                                  }
                                },
                                [] {},
                                [this, weak](const std::string&) {
                                  if (const auto from = weak.lock()) on_closed(from);
                                }});
  incoming->handshake.start(kHandshakeTimeout, [this, weak] {
    if (const auto late = weak.lock()) hang_up(late, "no Hello in time");
  });
  incoming->stream->read_next();
}

void PeerAcceptor::on_frame(const IncomingPtr& from, Result<Frame> frame, std::size_t bytes) {
  if (!frame) return hang_up(from, frame.error().message);
  if (auto* message = std::get_if<raft::Message>(&*frame); message != nullptr && from->identity) {
    return on_message(from, std::move(*message), bytes);
  }
  const auto* hello = std::get_if<PeerHello>(&*frame);
  if (hello == nullptr || from->identity) return hang_up(from, "a frame out of turn");
  on_hello(from, *hello);
}

Status PeerAcceptor::judge(const IncomingPtr& from, const PeerHello& hello) {
  RETURN_IF_ERROR(
      check_hello(context_.rules, hello, from->stream->certificate_uris(), std::nullopt));
  if (hello.identity.node == context_.rules.self.node) return {};
  return context_.handlers.admit(hello.identity);
}

void PeerAcceptor::on_hello(const IncomingPtr& from, const PeerHello& hello) {
  from->handshake.cancel();
  if (const auto ok = judge(from, hello); !ok) return refuse(from, ok.error().message);
  const auto answer = encode(Frame(hello_of(context_.rules)));
  if (hello.identity.node == context_.rules.self.node) {
    // This node itself, at a seed's address: tell it, and that was all.
    from->stream->write_last(answer);
    return drop(from);
  }
  from->stream->write(answer);
  admit(from, hello.identity);
  from->stream->read_next();
}

void PeerAcceptor::admit(const IncomingPtr& from, const PeerIdentity& identity) {
  std::erase(unknown_, from);
  from->identity = identity;
  context_.counters->add(identity.node, &PeerTraffic::connections_in);
  const auto before = std::exchange(admitted_[identity.node], from);
  if (!before) return;
  before->stream->detach();
  before->stream->close();
  const bool same = before->identity->incarnation == identity.incarnation;
  if (!same && context_.handlers.lost) context_.handlers.lost(*before->identity);
}

void PeerAcceptor::refuse(const IncomingPtr& from, std::string sentence) {
  context_.counters->add(&PeerCounters::refused_here);
  from->stream->write_last(encode(Frame(Refusal{std::move(sentence)})));
  drop(from);
}

void PeerAcceptor::on_message(const IncomingPtr& from, raft::Message message, std::size_t bytes) {
  const NodeId node = from->identity->node;
  if (message.from.id != node || message.to.id != context_.rules.self.node) {
    return hang_up(from, fmt::format("node {} sent a message from node {} to node {}", node.value(),
                                     message.from.id.value(), message.to.id.value()));
  }
  context_.counters->add(node, &PeerTraffic::messages_in);
  context_.counters->add(node, &PeerTraffic::bytes_in, bytes);
  context_.handlers.message(std::move(message));
  from->stream->read_next();
}

/// Its end is the same whoever began it: on_closed() tells.
void PeerAcceptor::hang_up(const IncomingPtr& from, std::string_view why) {
  context_.counters->add(&PeerCounters::malformed);
  if (lines_.allow(SystemClock().now())) log_hang_up(from, why);
  from->stream->close();
}

void PeerAcceptor::log_hang_up(const IncomingPtr& from, std::string_view why) {
  log_warn("ended a connection of another node",
           {{"node", from->identity ? to_string(from->identity->node) : "?"},
            {"reason", why},
            lines_.take_suppressed()});
}

void PeerAcceptor::drop(const IncomingPtr& from) {
  from->handshake.cancel();
  from->stream->detach();
  std::erase(unknown_, from);
}

void PeerAcceptor::on_closed(const IncomingPtr& from) {
  drop(from);
  if (!from->identity) return;
  admitted_.erase(from->identity->node);
  if (context_.handlers.lost) context_.handlers.lost(*from->identity);
}

void PeerAcceptor::close() {
  for (const auto& each : unknown_) {
    each->handshake.cancel();
    each->stream->detach();
    each->stream->close();
  }
  for (const auto& [node, each] : admitted_) {
    each->stream->detach();
    each->stream->close();
  }
  unknown_.clear();
  admitted_.clear();
}

const PeerIdentity* PeerAcceptor::identity_of(NodeId node) const {
  const auto found = admitted_.find(node);
  return found == admitted_.end() ? nullptr : &*found->second->identity;
}

}  // namespace millrace::node
