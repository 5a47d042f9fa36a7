#pragma once

#include <sys/uio.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "node/kafka_listener/memory_budget.h"
#include "node/memory/block_pool.h"

namespace millrace::node {

/// Cuts a byte stream into request frames (4 bytes of length, then so many bytes). It owns no
/// buffer while the connection is idle: between frames bytes are received into a scratch that all
/// connections of a loop share; the body of a larger frame is received in place.
///
/// The length a client states is never trusted: it is checked before anything is allocated, and
/// memory above kFirstBytes is taken only once that much has really arrived. What has been received
/// counts against the budget until the last user of the frame's bytes is gone.
///
/// Owner: a connection. Pure: bytes in, frames out.
class FrameReader {
 public:
  /// A frame up to this size gets its memory at once; memory that no byte has reached is not
  /// resident.
  static constexpr std::size_t kFirstBytes = 2 << 20;

  FrameReader(std::shared_ptr<BlockPool> pool, std::shared_ptr<MemoryBudget> budget)
      : pool_(std::move(pool)), budget_(std::move(budget)) {}
  ~FrameReader();
  FrameReader(const FrameReader&) = delete;
  FrameReader& operator=(const FrameReader&) = delete;

  /// Where the next bytes should go: the rest of the current frame (as far as there is memory),
  /// then `scratch`. Returns how many of `into` are used.
  [[nodiscard]] int next_buffers(MutableByteView scratch, std::span<iovec, 2> into);

  /// Takes in `count` bytes received into next_buffers(scratch); completed frames are appended to
  /// `frames`. Errors, after which the reader must not be used: kMalformed (length negative, or too
  /// short for a request header), kMessageTooLarge (above `frame_bytes_max`), kLimitReached
  /// (memory).
  Status commit(MutableByteView scratch, std::size_t count, std::size_t frame_bytes_max,
                std::deque<SharedBytes>& frames);

  /// Whether a frame (or its length) has begun and not ended.
  [[nodiscard]] bool is_inside_frame() const { return length_bytes_ > 0; }
  /// Size of the current frame as stated by the client; 0 before its length is known.
  [[nodiscard]] std::size_t frame_bytes() const { return has_block_ ? frame_bytes_ : 0; }
  [[nodiscard]] std::size_t received_bytes() const { return received_; }

  /// ApiKey, version and correlation id: nothing shorter is a request.
  static constexpr std::size_t kFrameBytesMin = 8;

 private:
  struct Frame;  // the memory of one frame, and its share of the budget

  Status take_from_scratch(ByteView bytes, std::size_t frame_bytes_max,
                           std::deque<SharedBytes>& frames);
  Status begin_frame(std::size_t frame_bytes_max);
  Status account(std::size_t count, std::deque<SharedBytes>& frames);
  Status grow();

  const std::shared_ptr<BlockPool> pool_;
  const std::shared_ptr<MemoryBudget> budget_;
  std::array<std::uint8_t, 4> length_{};
  std::uint8_t length_bytes_ = 0;  // of length_, received
  bool has_block_ = false;
  std::size_t frame_bytes_ = 0;
  std::size_t received_ = 0;
  BlockPool::Block block_;
};

}  // namespace millrace::node
