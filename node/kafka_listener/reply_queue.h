#pragma once

#include <sys/uio.h>

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>

#include "base/bytes.h"
#include "broker/ports.h"

namespace millrace::node {

/// Puts the replies of one connection into the order of their requests, and hands their pieces to a
/// gathering write without copying them.
///
/// Owner: a connection. Pure. Invariants:
/// 1. Bytes leave in the order in which open() was called.
/// 2. A request is in flight from open() until the last byte of its reply was written.
class ReplyQueue {
 public:
  /// A request of so many bytes is handed over. Returns its sequence.
  std::uint64_t open(std::size_t request_bytes);

  /// Takes a reply that sends something or nothing. Requires: open, not yet filled.
  void fill(std::uint64_t sequence, broker::Reply reply);

  /// Pieces that may be written now, in order; returns how many of `into` are used.
  [[nodiscard]] std::size_t gather(std::span<iovec> into) const;

  /// The first `count` bytes of what gather() gave were written.
  void written(std::size_t count);

  /// Requests whose reply has not been written completely.
  [[nodiscard]] std::size_t in_flight() const { return slots_.size(); }
  /// Bytes of those requests.
  [[nodiscard]] std::uint64_t request_bytes() const { return request_bytes_; }
  /// Reply bytes that wait to be written, whether or not it is their turn.
  [[nodiscard]] std::uint64_t unwritten_bytes() const { return unwritten_bytes_; }
  /// Whether gather() would give anything.
  [[nodiscard]] bool has_output() const { return !slots_.empty() && slots_.front().ready; }

 private:
  struct Slot {
    std::size_t request_bytes = 0;
    bool ready = false;
    std::array<std::uint8_t, 4> length{};
    BytesChain frame;
    // Progress of the front slot: pieces written, and bytes of the piece after them. The length is
    // piece 0.
    std::size_t pieces_done = 0;
    std::size_t piece_bytes_done = 0;

    [[nodiscard]] bool sends() const { return !frame.empty(); }
    [[nodiscard]] std::size_t piece_count() const { return frame.pieces().size() + 1; }
    [[nodiscard]] ByteView piece(std::size_t index) const {
      return index == 0 ? ByteView(length) : frame.pieces()[index - 1].view();
    }
  };

  void drop_silent();
  void pop();
  std::size_t advance(Slot& slot, std::size_t count);

  std::deque<Slot> slots_;
  std::uint64_t first_sequence_ = 0;  // of slots_.front()
  std::uint64_t request_bytes_ = 0;
  std::uint64_t unwritten_bytes_ = 0;
};

}  // namespace millrace::node
