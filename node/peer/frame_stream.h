#pragma once

#include <absl/base/thread_annotations.h>
#include <absl/functional/any_invocable.h>

#include <memory>
#include <string>
#include <vector>

#include "node/peer/convert.h"
#include "node/peer/loop_gate.h"

namespace grpc {
class Channel;
}

namespace millrace::node {

/// A stream of frames, whichever side began it. Hides gRPC's reactor: what happens on gRPC's
/// threads is decoded there and posted to the loop.
///
/// Owner: the loop, shared with gRPC until the call is over. Only on the loop, unless noted.
/// 1. One frame is read at a time, and the next after read_next(): a loop that is busy holds the
///    sender back, and nothing piles up here.
/// 2. One write is outstanding at most.
class FrameStream {
 public:
  struct Events {
    absl::AnyInvocable<void(Result<Frame>, std::size_t bytes)> frame;
    absl::AnyInvocable<void()> written;
    /// Last of all. `why` is gRPC's reason, for a person.
    absl::AnyInvocable<void(std::string why)> closed;
  };

  explicit FrameStream(std::shared_ptr<LoopGate> gate) : gate_(std::move(gate)) {}
  virtual ~FrameStream() = default;
  FrameStream(const FrameStream&) = delete;
  FrameStream& operator=(const FrameStream&) = delete;

  /// They must not keep their owner, who keeps the stream.
  void set_events(Events events) { events_ = std::move(events); }
  /// No event comes any more.
  void detach() { detached_ = true; }

  /// Requires: the write before has been reported.
  virtual void write(SharedBytes frame) = 0;
  /// The stream ends behind it.
  virtual void write_last(SharedBytes frame) = 0;
  virtual void read_next() = 0;
  /// Idempotent; any thread.
  virtual void close() = 0;
  /// The URIs of the other side's certificate; empty without TLS. Requires: a frame was read.
  [[nodiscard]] virtual std::vector<std::string> certificate_uris() const = 0;

 protected:
  /// For gRPC's threads. `self` keeps the stream until the event has run.
  void post_frame(std::shared_ptr<FrameStream> self, Result<Frame> frame, std::size_t bytes);
  void post_written(std::shared_ptr<FrameStream> self);
  void post_closed(std::shared_ptr<FrameStream> self, std::string why);

 private:
  const std::shared_ptr<LoopGate> gate_;
  Events events_;
  bool detached_ = false;  // on the loop; events_ may be running
};

/// Counts calls that this node began and that gRPC has not let go of.
class CallTracker {
 public:
  void enter();
  void leave();
  void wait_for_none();

 private:
  Mutex mutex_;
  CondVar changed_;
  int calls_ ABSL_GUARDED_BY(mutex_) = 0;
};

/// Dials with the first operation on it.
std::shared_ptr<FrameStream> open_stream(const std::shared_ptr<grpc::Channel>& channel,
                                         std::shared_ptr<LoopGate> gate,
                                         std::shared_ptr<CallTracker> calls);

}  // namespace millrace::node
