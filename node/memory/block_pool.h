#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "node/loops/mutex.h"
#include "storage/read_memory.h"

namespace millrace::node {

/// Memory for request frames and for reads. Fresh pages cost a fault each (0.2 CPU-s per GB), so
/// large blocks are kept and handed out again; how much is kept is bounded, and trim() gives it
/// back when it lies idle. Blocks are uninitialised: a frame touches memory only as its bytes
/// arrive.
///
/// Any thread. Must outlive its blocks' users, hence always held by shared_ptr.
class BlockPool final : public storage::ReadMemory, public std::enable_shared_from_this<BlockPool> {
 public:
  /// Blocks of these sizes are pooled; smaller and larger ones come from the allocator.
  static constexpr std::size_t kBlockBytesMin = 64 << 10;
  static constexpr std::size_t kBlockBytesMax = 4 << 20;

  explicit BlockPool(std::size_t kept_bytes_max) : kept_bytes_max_(kept_bytes_max) {}
  ~BlockPool() override;
  BlockPool(const BlockPool&) = delete;
  BlockPool& operator=(const BlockPool&) = delete;

  /// One block, given back by the destructor. Movable.
  class Block {
   public:
    Block() = default;
    Block(std::shared_ptr<BlockPool> pool, std::uint8_t* data, std::size_t capacity)
        : pool_(std::move(pool)), data_(data), capacity_(capacity) {}
    Block(Block&& other) noexcept { swap(other); }
    Block& operator=(Block&& other) noexcept {
      swap(other);
      return *this;
    }
    ~Block();

    [[nodiscard]] std::uint8_t* data() const { return data_; }
    [[nodiscard]] std::size_t capacity() const { return capacity_; }

   private:
    void swap(Block& other) noexcept {
      std::swap(pool_, other.pool_);
      std::swap(data_, other.data_);
      std::swap(capacity_, other.capacity_);
    }
    std::shared_ptr<BlockPool> pool_;
    std::uint8_t* data_ = nullptr;
    std::size_t capacity_ = 0;
  };

  /// At least `bytes`; nothing when the operating system refuses the memory.
  [[nodiscard]] std::optional<Block> acquire(std::size_t bytes);

  /// For reads: acquire() in another form. Throws std::bad_alloc where that returns nothing.
  [[nodiscard]] std::shared_ptr<std::uint8_t[]> block(std::size_t bytes) override;

  /// Frees kept blocks that were not needed since the last call.
  void trim();

  [[nodiscard]] std::size_t kept_bytes() const;

 private:
  /// Sizes grow in quarters of a power of two: at most a fifth of a block is unused.
  static constexpr std::size_t kClasses = 4 * 6 + 1;
  static std::optional<std::size_t> class_of(std::size_t bytes);
  static std::size_t class_bytes(std::size_t index);
  void give_back(std::uint8_t* data, std::size_t capacity);

  struct Class {
    std::vector<std::uint8_t*> kept;
    std::size_t kept_min = 0;  // lowest number since the last trim: blocks that nobody needed
  };

  const std::size_t kept_bytes_max_;
  mutable Mutex mutex_;  // guards the two below
  std::array<Class, kClasses> classes_ ABSL_GUARDED_BY(mutex_);
  std::size_t kept_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace millrace::node
