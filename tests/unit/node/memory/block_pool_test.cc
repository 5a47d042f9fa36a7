#include "node/memory/block_pool.h"

#include "tests/support/catch.h"

namespace millrace::node {
namespace {

constexpr std::size_t kMegabyte = 1 << 20;

}  // namespace

TEST_CASE("block pool: a block that was given back is handed out again") {
  const auto pool = std::make_shared<BlockPool>(16 * kMegabyte);
  const std::uint8_t* first = nullptr;
  {
    const auto block = pool->acquire(kMegabyte);
    first = block->data();
    REQUIRE(block->capacity() == kMegabyte);
    REQUIRE(pool->kept_bytes() == 0);
  }
  REQUIRE(pool->kept_bytes() == kMegabyte);
  REQUIRE(pool->acquire(kMegabyte - 1)->data() == first);
}

TEST_CASE("block pool: a read's block goes back when its last owner lets go") {
  const auto pool = std::make_shared<BlockPool>(16 * kMegabyte);
  auto block = pool->block(kMegabyte + 1);
  block[kMegabyte] = 1;
  auto other = block;
  block.reset();
  REQUIRE(pool->kept_bytes() == 0);
  other.reset();
  REQUIRE(pool->kept_bytes() == kMegabyte + kMegabyte / 4);
}

TEST_CASE("block pool: at most a fifth of a block is unused") {
  const auto pool = std::make_shared<BlockPool>(0);
  for (std::size_t bytes = BlockPool::kBlockBytesMin; bytes <= BlockPool::kBlockBytesMax;
       bytes += 12'345) {
    const auto block = pool->acquire(bytes);
    REQUIRE(block->capacity() >= bytes);
    REQUIRE(block->capacity() - bytes <= block->capacity() / 5);
  }
}

TEST_CASE("block pool: it keeps no more than its bound, and no sizes at the edges") {
  const auto pool = std::make_shared<BlockPool>(2 * kMegabyte);
  {
    const auto a = pool->acquire(kMegabyte);
    const auto b = pool->acquire(kMegabyte);
    const auto c = pool->acquire(kMegabyte);
    const auto small = pool->acquire(100);
    const auto large = pool->acquire(BlockPool::kBlockBytesMax + 1);
    REQUIRE((small && large));
  }
  REQUIRE(pool->kept_bytes() == 2 * kMegabyte);
}

TEST_CASE("block pool: trim frees what was not needed since the last time") {
  const auto pool = std::make_shared<BlockPool>(16 * kMegabyte);
  {
    const auto a = pool->acquire(kMegabyte);
    const auto b = pool->acquire(kMegabyte);
  }
  pool->trim();  // both were in use since the pool began
  REQUIRE(pool->kept_bytes() == 2 * kMegabyte);
  (void)pool->acquire(kMegabyte);
  pool->trim();  // one was
  REQUIRE(pool->kept_bytes() == kMegabyte);
  pool->trim();
  REQUIRE(pool->kept_bytes() == 0);
}

}  // namespace millrace::node
