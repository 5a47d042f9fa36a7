#include "node/peer/asks.h"

#include <fmt/format.h>
#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/support/byte_buffer.h>

#include "base/check.h"
#include "node/peer/byte_buffers.h"
#include "node/peer/constants.h"

namespace millrace::node {

struct Asks::Call {
  grpc::ClientContext context;
  grpc::ByteBuffer request;
  grpc::ByteBuffer response;
  Peers::Answer done;
};

namespace {

ErrorCode code_of(grpc::StatusCode code) {
  switch (code) {
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      return ErrorCode::kTimedOut;
    case grpc::StatusCode::UNIMPLEMENTED:
      return ErrorCode::kUnsupportedVersion;
    case grpc::StatusCode::RESOURCE_EXHAUSTED:
      return ErrorCode::kMessageTooLarge;
    default:
      return ErrorCode::kReplicaNotAvailable;
  }
}

Result<SharedBytes> outcome_of(NodeId to, const grpc::Status& status,
                               const grpc::ByteBuffer& response) {
  if (!status.ok()) {
    return fail(code_of(status.error_code()),
                fmt::format("node {} gave no answer: {}", to.value(), status.error_message()));
  }
  ASSIGN_OR_RETURN(auto reply, decode_reply(to_bytes(response).view()));
  return std::move(reply.outcome);
}

}  // namespace

void Asks::answer_later(Peers::Answer done, Result<SharedBytes> outcome) {
  context_.gate->post([done = std::move(done), outcome = std::move(outcome)]() mutable {
    std::move(done)(std::move(outcome));
  });
}

Asks::Line& Asks::line_to(NodeId node, const Endpoint& address) {
  auto& line = lines_[node];
  if (!line.channel || line.address != address) {
    line.address = address;
    line.channel = context_.open_channel(address);
  }
  return line;
}

void Asks::ask(NodeId to, SharedBytes request, Duration timeout, Peers::Answer done) {
  CHECK(timeout > Duration::zero());
  const auto* link = dialer_.connected_link(to);
  if (link == nullptr) {
    return answer_later(std::move(done), fail(ErrorCode::kWouldBlock,
                                              fmt::format("node {} is not connected", to.value())));
  }
  auto& line = line_to(to, link->address());
  if (line.calls.size() >= kAsksPerNodeMax) {
    return answer_later(std::move(done),
                        fail(ErrorCode::kLimitReached,
                             fmt::format("{} questions wait for node {} already; ask again later",
                                         kAsksPerNodeMax, to.value())));
  }
  const auto& rules = context_.rules;
  auto bytes = encode(
      Question{rules.cluster_id, rules.self.node, rules.self.incarnation, to, std::move(request)});
  if (bytes.size() > kFrameBytesMax) {
    return answer_later(std::move(done),
                        fail(ErrorCode::kMessageTooLarge,
                             fmt::format("a question of {} bytes is beyond the limit of {}",
                                         bytes.size(), kFrameBytesMax)));
  }
  context_.counters->add(to, &PeerTraffic::asks_out);
  context_.counters->add(to, &PeerTraffic::bytes_out, bytes.size());
  const auto call = std::make_shared<Call>();
  call->request = to_buffer(std::move(bytes));
  call->done = std::move(done);
  call->context.set_deadline(std::chrono::system_clock::now() + timeout);
  line.calls.insert(call);
  begin(to, line.channel, call);
}

void Asks::begin(NodeId to, const std::shared_ptr<grpc::Channel>& channel, const CallPtr& call) {
  context_.calls->enter();
  const auto done = [this, to, kept = call, gate = context_.gate,
                     calls = context_.calls](const grpc::Status& status) mutable {
    // The loop gets the last reference, and with it the channel: see Peers::Impl::stop().
    gate->post([this, to, call = std::move(kept), status] {
      on_done(to, call, outcome_of(to, status, call->response));
    });
    calls->leave();
  };
  grpc::GenericStub(channel).UnaryCall(&call->context, kAskMethod, {}, &call->request,
                                       &call->response, done);
}

void Asks::on_done(NodeId to, const CallPtr& call, Result<SharedBytes> outcome) {
  lines_[to].calls.erase(call);
  if (outcome) context_.counters->add(to, &PeerTraffic::bytes_in, outcome->size());
  std::move(call->done)(std::move(outcome));
}

void Asks::close() {
  for (const auto& [node, line] : lines_) {
    for (const auto& call : line.calls) call->context.TryCancel();
  }
  lines_.clear();
}

}  // namespace millrace::node
