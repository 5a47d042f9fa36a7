#include "node/kafka_listener/frame_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace millrace::node {

struct FrameReader::Frame {
  BlockPool::Block block;
  std::shared_ptr<MemoryBudget> budget;
  std::size_t bytes;

  Frame(BlockPool::Block block, std::shared_ptr<MemoryBudget> budget, std::size_t bytes)
      : block(std::move(block)), budget(std::move(budget)), bytes(bytes) {}
  ~Frame() { budget->release(bytes); }
  Frame(const Frame&) = delete;
  Frame& operator=(const Frame&) = delete;
};

FrameReader::~FrameReader() {
  budget_->release(received_);
}

int FrameReader::next_buffers(MutableByteView scratch, std::span<iovec, 2> into) {
  int used = 0;
  if (has_block_) {
    const std::size_t room = std::min(frame_bytes_, block_.capacity()) - received_;
    into[used++] = {block_.data() + received_, room};
    // Behind a frame whose memory is not all there yet, nothing else can follow.
    if (received_ + room < frame_bytes_) return used;
  }
  into[used++] = {scratch.data(), scratch.size()};
  return used;
}

Status FrameReader::commit(MutableByteView scratch, std::size_t count, std::size_t frame_bytes_max,
                           std::deque<SharedBytes>& frames) {
  if (has_block_) {
    const std::size_t room = std::min(frame_bytes_, block_.capacity()) - received_;
    const std::size_t in_place = std::min(count, room);
    RETURN_IF_ERROR(account(in_place, frames));
    count -= in_place;
  }
  CHECK(count <= scratch.size());
  return take_from_scratch(scratch.first(count), frame_bytes_max, frames);
}

Status FrameReader::take_from_scratch(ByteView bytes, std::size_t frame_bytes_max,
                                      std::deque<SharedBytes>& frames) {
  while (!bytes.empty()) {
    if (!has_block_) {
      const std::size_t part = std::min(bytes.size(), length_.size() - length_bytes_);
      std::memcpy(length_.data() + length_bytes_, bytes.data(), part);
      length_bytes_ = static_cast<std::uint8_t>(length_bytes_ + part);
      bytes = bytes.subspan(part);
      if (length_bytes_ < length_.size()) break;
      RETURN_IF_ERROR(begin_frame(frame_bytes_max));
    }
    const std::size_t part =
        std::min(bytes.size(), std::min(frame_bytes_, block_.capacity()) - received_);
    std::memcpy(block_.data() + received_, bytes.data(), part);
    bytes = bytes.subspan(part);
    RETURN_IF_ERROR(account(part, frames));
  }
  return {};
}

Status FrameReader::begin_frame(std::size_t frame_bytes_max) {
  const auto stated = load_be<std::int32_t>(length_.data());
  if (stated < static_cast<std::int32_t>(kFrameBytesMin)) {
    return fail(ErrorCode::kMalformed, fmt::format("a request cannot have {} bytes", stated));
  }
  if (static_cast<std::size_t>(stated) > frame_bytes_max) {
    return fail(
        ErrorCode::kMessageTooLarge,
        fmt::format("a request of {} bytes is above the limit of {}", stated, frame_bytes_max));
  }
  frame_bytes_ = static_cast<std::size_t>(stated);
  auto block = pool_->acquire(std::min(frame_bytes_, kFirstBytes));
  if (!block) return fail(ErrorCode::kLimitReached, "the system has no memory for the request");
  block_ = std::move(*block);
  has_block_ = true;
  received_ = 0;
  return {};
}

Status FrameReader::account(std::size_t count, std::deque<SharedBytes>& frames) {
  if (!budget_->try_charge(count)) {
    return fail(
        ErrorCode::kLimitReached,
        fmt::format("requests hold more than twice {} bytes of memory", budget_->soft_limit()));
  }
  received_ += count;
  if (received_ < frame_bytes_) return received_ == block_.capacity() ? grow() : Status{};

  auto frame = std::make_shared<Frame>(std::move(block_), budget_, frame_bytes_);
  block_ = {};
  const ByteView view(frame->block.data(), frame_bytes_);
  frames.emplace_back(std::move(frame), view);
  has_block_ = false;
  length_bytes_ = 0;
  received_ = 0;
  return {};
}

Status FrameReader::grow() {
  auto larger = pool_->acquire(frame_bytes_);
  if (!larger) return fail(ErrorCode::kLimitReached, "the system has no memory for the request");
  std::memcpy(larger->data(), block_.data(), received_);
  block_ = std::move(*larger);
  return {};
}

}  // namespace millrace::node
