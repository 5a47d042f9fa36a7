#include "node/memory/block_pool.h"

#include <bit>
#include <cstdlib>

#include "base/check.h"

namespace millrace::node {

BlockPool::Block::~Block() {
  if (data_ != nullptr) pool_->give_back(data_, capacity_);
}

BlockPool::~BlockPool() {
  for (auto& each : classes_) {
    for (auto* data : each.kept) std::free(data);
  }
}

std::size_t BlockPool::class_bytes(std::size_t index) {
  const std::size_t power = kBlockBytesMin << (index / 4);
  return power + power / 4 * (index % 4);
}

std::optional<std::size_t> BlockPool::class_of(std::size_t bytes) {
  if (bytes <= kBlockBytesMin / 2 || bytes > kBlockBytesMax) return std::nullopt;
  for (std::size_t index = 0; index < kClasses; ++index) {
    if (class_bytes(index) >= bytes) return index;
  }
  return std::nullopt;
}

std::optional<BlockPool::Block> BlockPool::acquire(std::size_t bytes) {
  const auto index = class_of(bytes);
  if (index) {
    const MutexLock lock(mutex_);
    auto& kept = classes_[*index].kept;
    if (!kept.empty()) {
      auto* data = kept.back();
      kept.pop_back();
      classes_[*index].kept_min = std::min(classes_[*index].kept_min, kept.size());
      kept_bytes_ -= class_bytes(*index);
      return Block(shared_from_this(), data, class_bytes(*index));
    }
  }
  const std::size_t capacity = index ? class_bytes(*index) : bytes;
  auto* data = static_cast<std::uint8_t*>(std::malloc(std::max<std::size_t>(capacity, 1)));
  if (data == nullptr) return std::nullopt;
  return Block(shared_from_this(), data, capacity);
}

std::shared_ptr<std::uint8_t[]> BlockPool::block(std::size_t bytes) {
  auto taken = acquire(bytes);
  if (!taken) throw std::bad_alloc();
  auto owner = std::make_shared<Block>(std::move(*taken));
  auto* const data = owner->data();
  return {std::move(owner), data};
}

void BlockPool::give_back(std::uint8_t* data, std::size_t capacity) {
  const auto index = class_of(capacity);
  if (index && class_bytes(*index) == capacity) {
    const MutexLock lock(mutex_);
    if (kept_bytes_ + capacity <= kept_bytes_max_) {
      classes_[*index].kept.push_back(data);
      kept_bytes_ += capacity;
      return;
    }
  }
  std::free(data);
}

void BlockPool::trim() {
  std::vector<std::uint8_t*> idle;
  {
    const MutexLock lock(mutex_);
    for (std::size_t index = 0; index < kClasses; ++index) {
      auto& each = classes_[index];
      for (std::size_t i = 0; i < each.kept_min && !each.kept.empty(); ++i) {
        idle.push_back(each.kept.back());
        each.kept.pop_back();
        kept_bytes_ -= class_bytes(index);
      }
      each.kept_min = each.kept.size();
    }
  }
  for (auto* data : idle) std::free(data);
}

std::size_t BlockPool::kept_bytes() const {
  const MutexLock lock(mutex_);
  return kept_bytes_;
}

}  // namespace millrace::node
