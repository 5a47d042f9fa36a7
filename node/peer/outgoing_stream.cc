#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/client_callback.h>

#include "node/peer/byte_buffers.h"
#include "node/peer/frame_stream.h"

namespace millrace::node {
namespace {

using Reactor = grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>;

/// A stream that this node dialled.
///
/// gRPC calls OnDone when nothing is under way any more. Reads and writes begin on the loop,
/// outside of gRPC's callbacks, so a hold keeps the call until it is known to be over: `over_` and
/// the hold go together, and nothing begins afterwards.
class OutgoingStream final : public FrameStream,
                             public Reactor,
                             public std::enable_shared_from_this<OutgoingStream> {
 public:
  OutgoingStream(std::shared_ptr<LoopGate> gate, std::shared_ptr<CallTracker> calls)
      : FrameStream(std::move(gate)), calls_(std::move(calls)) {}

  void start(const std::shared_ptr<grpc::Channel>& channel) {
    self_ = shared_from_this();
    calls_->enter();
    grpc::GenericStub(channel).PrepareBidiStreamingCall(&context_, kQuorumMethod, {}, this);
    AddHold();
    StartCall();
  }

  void write(SharedBytes frame) override {
    const MutexLock lock(mutex_);
    if (over_) return;
    outgoing_ = to_buffer(std::move(frame));
    StartWrite(&outgoing_);
  }

  void write_last(SharedBytes frame) override {
    const MutexLock lock(mutex_);
    if (over_) return;
    outgoing_ = to_buffer(std::move(frame));
    StartWriteLast(&outgoing_, {});
  }

  void read_next() override {
    const MutexLock lock(mutex_);
    if (!over_) StartRead(&incoming_);
  }

  void close() override {
    context_.TryCancel();
    end();
  }

  [[nodiscard]] std::vector<std::string> certificate_uris() const override {
    const auto proven = context_.auth_context();
    return proven ? uris_of(*proven) : std::vector<std::string>();
  }

 private:
  void OnReadDone(bool ok) override {
    if (!ok) return end();
    const auto bytes = to_bytes(incoming_);
    incoming_.Clear();
    post_frame(shared_from_this(), decode_frame(bytes.view()), bytes.size());
  }

  void OnWriteDone(bool ok) override {
    outgoing_.Clear();
    if (!ok) return end();
    post_written(shared_from_this());
  }

  void OnDone(const grpc::Status& status) override {
    // The loop gets the last reference, and with it the channel: see Peers::Impl::stop().
    const auto calls = calls_;
    post_closed(std::move(self_),
                status.ok() ? "the other side ended the stream" : status.error_message());
    calls->leave();
  }

  void end() {
    {
      const MutexLock lock(mutex_);
      if (std::exchange(over_, true)) return;
    }
    RemoveHold();
  }

  const std::shared_ptr<CallTracker> calls_;
  std::shared_ptr<OutgoingStream> self_;  // while gRPC may call back
  grpc::ClientContext context_;
  grpc::ByteBuffer incoming_;
  grpc::ByteBuffer outgoing_;
  Mutex mutex_;
  bool over_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace

std::shared_ptr<FrameStream> open_stream(const std::shared_ptr<grpc::Channel>& channel,
                                         std::shared_ptr<LoopGate> gate,
                                         std::shared_ptr<CallTracker> calls) {
  auto stream = std::make_shared<OutgoingStream>(std::move(gate), std::move(calls));
  stream->start(channel);
  return stream;
}

}  // namespace millrace::node
