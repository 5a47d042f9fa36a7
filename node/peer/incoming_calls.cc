#include "node/peer/incoming_calls.h"

#include <grpcpp/server_context.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include "node/peer/byte_buffers.h"

namespace millrace::node {
namespace {

using StreamReactor = grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>;

std::vector<std::string> uris_of_peer(const grpc::CallbackServerContext& context) {
  const auto proven = context.auth_context();
  return proven ? uris_of(*proven) : std::vector<std::string>();
}

/// A stream that another node dialled. `over_` and Finish() go together: nothing begins afterwards.
class IncomingStream final : public FrameStream,
                             public StreamReactor,
                             public std::enable_shared_from_this<IncomingStream> {
 public:
  IncomingStream(std::shared_ptr<LoopGate> gate, std::vector<std::string> uris)
      : FrameStream(std::move(gate)), uris_(std::move(uris)) {}

  void keep_until_done() { self_ = shared_from_this(); }

  void write(SharedBytes frame) override {
    const MutexLock lock(mutex_);
    if (over_) return;
    outgoing_ = to_buffer(std::move(frame));
    StartWrite(&outgoing_);
  }

  void write_last(SharedBytes frame) override {
    const MutexLock lock(mutex_);
    if (std::exchange(over_, true)) return;
    outgoing_ = to_buffer(std::move(frame));
    StartWriteAndFinish(&outgoing_, {}, grpc::Status::OK);
  }

  void read_next() override {
    const MutexLock lock(mutex_);
    if (!over_) StartRead(&incoming_);
  }

  void close() override {
    const MutexLock lock(mutex_);
    if (!std::exchange(over_, true))
      Finish({grpc::StatusCode::ABORTED, "this node ended the stream"});
  }

  [[nodiscard]] std::vector<std::string> certificate_uris() const override { return uris_; }

 private:
  void OnReadDone(bool ok) override {
    if (!ok) return close();
    const auto bytes = to_bytes(incoming_);
    incoming_.Clear();
    post_frame(shared_from_this(), decode_frame(bytes.view()), bytes.size());
  }

  void OnWriteDone(bool ok) override {
    if (!ok) return close();
    post_written(shared_from_this());
  }

  void OnCancel() override { close(); }

  void OnDone() override {
    const auto self = std::move(self_);
    post_closed(self, "the other side ended the stream");
  }

  const std::vector<std::string> uris_;
  std::shared_ptr<IncomingStream> self_;  // while gRPC may call back
  grpc::ByteBuffer incoming_;
  grpc::ByteBuffer outgoing_;
  Mutex mutex_;
  bool over_ ABSL_GUARDED_BY(mutex_) = false;
};

/// The call of a question. Whoever comes first ends it: the answer, or the end of the connection.
class QuestionCall final : public grpc::ServerUnaryReactor,
                           public std::enable_shared_from_this<QuestionCall> {
 public:
  explicit QuestionCall(grpc::ByteBuffer* response) : response_(response) {}

  void keep_until_done() { self_ = shared_from_this(); }

  void answer(const Reply& reply) {
    const MutexLock lock(mutex_);
    if (std::exchange(over_, true)) return;
    *response_ = to_buffer(encode(reply));
    Finish(grpc::Status::OK);
  }

 private:
  void OnCancel() override {
    const MutexLock lock(mutex_);
    if (!std::exchange(over_, true)) Finish(grpc::Status::CANCELLED);
  }
  void OnDone() override { const auto self = std::move(self_); }

  grpc::ByteBuffer* const response_;  // gRPC's, until Finish
  std::shared_ptr<QuestionCall> self_;
  Mutex mutex_;
  bool over_ ABSL_GUARDED_BY(mutex_) = false;
};

/// Travels with the question; says what became of it even when it is dropped.
class Ticket {
 public:
  explicit Ticket(std::shared_ptr<QuestionCall> call) : call_(std::move(call)) {}
  Ticket(Ticket&& other) noexcept = default;
  Ticket& operator=(Ticket&&) = delete;
  ~Ticket() {
    if (call_) {
      call_->answer({fail(ErrorCode::kReplicaNotAvailable,
                          "the node stopped before it answered; ask again")});
    }
  }
  void answer(Result<SharedBytes> outcome) {
    if (const auto call = std::exchange(call_, nullptr)) call->answer({std::move(outcome)});
  }

 private:
  std::shared_ptr<QuestionCall> call_;
};

}  // namespace

StreamReactor* accept_stream(const std::shared_ptr<IncomingEvents>& to,
                             grpc::CallbackServerContext* context) {
  auto stream = std::make_shared<IncomingStream>(to->gate, uris_of_peer(*context));
  stream->keep_until_done();
  auto* const reactor = stream.get();
  to->gate->post(
      [to, stream = std::move(stream)]() mutable { to->events.stream(std::move(stream)); });
  return reactor;
}

grpc::ServerUnaryReactor* accept_question(const std::shared_ptr<IncomingEvents>& to,
                                          grpc::CallbackServerContext* context,
                                          const grpc::ByteBuffer& request,
                                          grpc::ByteBuffer* response) {
  auto call = std::make_shared<QuestionCall>(response);
  call->keep_until_done();
  auto question = decode_question(to_bytes(request).view());
  if (!question) {
    call->answer({fail(question.error())});
    return call.get();
  }
  to->gate->post([to, question = std::move(*question), uris = uris_of_peer(*context),
                  ticket = Ticket(call)]() mutable {
    to->events.question(std::move(question), std::move(uris),
                        [ticket = std::move(ticket)](Result<SharedBytes> outcome) mutable {
                          ticket.answer(std::move(outcome));
                        });
  });
  return call.get();
}

}  // namespace millrace::node
