#include "node/kafka_listener/reply_queue.h"

#include <algorithm>

namespace millrace::node {

std::uint64_t ReplyQueue::open(std::size_t request_bytes) {
  slots_.emplace_back().request_bytes = request_bytes;
  request_bytes_ += request_bytes;
  return first_sequence_ + slots_.size() - 1;
}

void ReplyQueue::fill(std::uint64_t sequence, broker::Reply reply) {
  CHECK(sequence >= first_sequence_ && sequence - first_sequence_ < slots_.size());
  auto& slot = slots_[sequence - first_sequence_];
  CHECK(!slot.ready);
  slot.ready = true;
  if (reply.kind == broker::Reply::Kind::kSend) {
    CHECK(!reply.frame.empty());
    slot.frame = std::move(reply.frame);
    store_be<std::int32_t>(slot.length.data(), static_cast<std::int32_t>(slot.frame.size()));
    unwritten_bytes_ += slot.frame.size() + slot.length.size();
  }
  drop_silent();
}

void ReplyQueue::pop() {
  request_bytes_ -= slots_.front().request_bytes;
  slots_.pop_front();
  ++first_sequence_;
}

void ReplyQueue::drop_silent() {
  while (!slots_.empty() && slots_.front().ready && !slots_.front().sends()) pop();
}

std::size_t ReplyQueue::gather(std::span<iovec> into) const {
  std::size_t used = 0;
  for (const auto& slot : slots_) {
    if (!slot.ready) break;
    if (!slot.sends()) continue;
    for (std::size_t i = slot.pieces_done; i < slot.piece_count(); ++i) {
      if (used == into.size()) return used;
      ByteView piece = slot.piece(i);
      if (i == slot.pieces_done) piece = piece.subspan(slot.piece_bytes_done);
      into[used++] = {const_cast<std::uint8_t*>(piece.data()), piece.size()};
    }
  }
  return used;
}

void ReplyQueue::written(std::size_t count) {
  CHECK(count <= unwritten_bytes_);
  unwritten_bytes_ -= count;
  while (count > 0) {
    auto& slot = slots_.front();
    count = advance(slot, count);
    if (slot.pieces_done == slot.piece_count()) {
      pop();
      drop_silent();
    }
  }
}

std::size_t ReplyQueue::advance(Slot& slot, std::size_t count) {
  while (count > 0 && slot.pieces_done < slot.piece_count()) {
    const std::size_t left = slot.piece(slot.pieces_done).size() - slot.piece_bytes_done;
    if (count < left) {
      slot.piece_bytes_done += count;
      return 0;
    }
    count -= left;
    ++slot.pieces_done;
    slot.piece_bytes_done = 0;
  }
  return count;
}

}  // namespace millrace::node
