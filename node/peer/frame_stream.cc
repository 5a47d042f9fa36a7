#include "node/peer/frame_stream.h"

namespace millrace::node {

void FrameStream::post_frame(std::shared_ptr<FrameStream> self, Result<Frame> frame,
                             std::size_t bytes) {
  gate_->post([self = std::move(self), frame = std::move(frame), bytes]() mutable {
    if (!self->detached_) self->events_.frame(std::move(frame), bytes);
  });
}

void FrameStream::post_written(std::shared_ptr<FrameStream> self) {
  gate_->post([self = std::move(self)] {
    if (!self->detached_) self->events_.written();
  });
}

void FrameStream::post_closed(std::shared_ptr<FrameStream> self, std::string why) {
  const auto gate = gate_;  // the loop may be done with the stream before post() returns
  gate->post([self = std::move(self), why = std::move(why)]() mutable {
    if (!std::exchange(self->detached_, true)) self->events_.closed(std::move(why));
  });
}

void CallTracker::enter() {
  const MutexLock lock(mutex_);
  ++calls_;
}

void CallTracker::leave() {
  const MutexLock lock(mutex_);
  if (--calls_ == 0) changed_.notify_all();
}

void CallTracker::wait_for_none() {
  const MutexLock lock(mutex_);
  while (calls_ > 0) changed_.wait(mutex_);
}

}  // namespace millrace::node
