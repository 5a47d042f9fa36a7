#include "node/kafka_listener/frame_reader.h"

#include "base/random.h"
#include "tests/support/catch.h"

namespace millrace::node {
namespace {

constexpr std::size_t kLimit = 100 << 20;

std::vector<std::uint8_t> framed(std::size_t bytes, std::uint8_t fill) {
  std::vector<std::uint8_t> all(4 + bytes, fill);
  store_be<std::int32_t>(all.data(), static_cast<std::int32_t>(bytes));
  return all;
}

struct Bench {
  explicit Bench(std::uint64_t budget_bytes = 1 << 30)
      : budget(std::make_shared<MemoryBudget>(budget_bytes)) {}

  /// Feeds `bytes` as a socket would that has `chunk` of them at a time.
  Status feed(ByteView bytes, std::size_t chunk, std::size_t limit = kLimit) {
    while (!bytes.empty()) {
      std::array<iovec, 2> into;
      const int used = reader.next_buffers(scratch, into);
      std::size_t moved = 0;
      for (int i = 0; i < used && !bytes.empty() && moved < chunk; ++i) {
        const auto part = std::min({into[i].iov_len, bytes.size(), chunk - moved});
        std::memcpy(into[i].iov_base, bytes.data(), part);
        bytes = bytes.subspan(part);
        moved += part;
      }
      RETURN_IF_ERROR(reader.commit(scratch, moved, limit, frames));
    }
    return {};
  }

  std::shared_ptr<BlockPool> pool = std::make_shared<BlockPool>(16 << 20);
  std::shared_ptr<MemoryBudget> budget;
  std::vector<std::uint8_t> scratch = std::vector<std::uint8_t>(4096);
  std::deque<SharedBytes> frames;
  FrameReader reader{pool, budget};
};

}  // namespace

TEST_CASE("frames come out whole however the stream is cut") {
  const std::vector<std::size_t> sizes = {8, 9, 4088, 4092, 4093, 70'000, 8, 3'000'000, 12};
  std::vector<std::uint8_t> stream;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    const auto frame = framed(sizes[i], static_cast<std::uint8_t>(i + 1));
    stream.insert(stream.end(), frame.begin(), frame.end());
  }
  for (const std::size_t chunk : {1'000'000u, 4096u, 4095u, 1000u, 7u, 3u}) {
    Bench bench;
    REQUIRE_OK(bench.feed(stream, chunk));
    REQUIRE(bench.frames.size() == sizes.size());
    for (std::size_t i = 0; i < sizes.size(); ++i) {
      REQUIRE(bench.frames[i] == SharedBytes::own(std::vector<std::uint8_t>(
                                     sizes[i], static_cast<std::uint8_t>(i + 1))));
    }
    REQUIRE_FALSE(bench.reader.is_inside_frame());
    bench.frames.clear();
    REQUIRE(bench.budget->used() == 0);
  }
}

TEST_CASE("the body of a large frame is received in place") {
  Bench bench;
  const auto stream = framed(1 << 20, 7);
  REQUIRE_OK(bench.feed(ByteView(stream).first(4096), 4096));
  std::array<iovec, 2> into;
  REQUIRE(bench.reader.next_buffers(bench.scratch, into) == 2);
  REQUIRE(into[0].iov_len == stream.size() - 4096);
  const auto* place = static_cast<const std::uint8_t*>(into[0].iov_base);
  REQUIRE_OK(bench.feed(ByteView(stream).subspan(4096), 1 << 20));
  REQUIRE(bench.frames.at(0).data() == place - (4096 - 4));
}

TEST_CASE("a stated length is judged before any memory is taken") {
  for (const std::int32_t length : {-1, -2'147'483'647 - 1, 0, 7}) {
    Bench bench;
    std::array<std::uint8_t, 4> bytes;
    store_be(bytes.data(), length);
    REQUIRE_ERROR(bench.feed(bytes, 4), ErrorCode::kMalformed);
  }
  Bench bench;
  std::array<std::uint8_t, 4> bytes;
  store_be<std::int32_t>(bytes.data(), 2'147'483'647);
  REQUIRE_ERROR(bench.feed(bytes, 4), ErrorCode::kMessageTooLarge);
  REQUIRE(bench.budget->used() == 0);
  REQUIRE(bench.reader.frame_bytes() == 0);
}

TEST_CASE("the limit itself is allowed, one byte more is not") {
  const auto at_limit = framed(65'536, 1);
  Bench good;
  REQUIRE_OK(good.feed(at_limit, 4096, 65'536));
  REQUIRE(good.frames.size() == 1);
  Bench bad;
  REQUIRE_ERROR(bad.feed(at_limit, 4096, 65'535), ErrorCode::kMessageTooLarge);
}

TEST_CASE("memory follows what has arrived, not what was promised") {
  Bench bench;
  const auto stream = framed(64 << 20, 1);
  REQUIRE_OK(bench.feed(ByteView(stream).first(1 << 20), 4096));
  REQUIRE(bench.budget->used() == (1 << 20) - 4);
  std::array<iovec, 2> into;
  REQUIRE(bench.reader.next_buffers(bench.scratch, into) == 1);
  REQUIRE(into[0].iov_len <= FrameReader::kFirstBytes);
  REQUIRE_OK(bench.feed(ByteView(stream).subspan(1 << 20), 1 << 20));
  REQUIRE(bench.frames.at(0).view()[12'345'678] == 1);
}

TEST_CASE("above the hard memory limit the frame is refused and everything given back") {
  Bench bench(100'000);
  const auto stream = framed(300'000, 1);
  REQUIRE_ERROR(bench.feed(stream, 4096), ErrorCode::kLimitReached);
  REQUIRE(bench.budget->used() <= 200'000);
  {
    const FrameReader gone(std::move(bench.pool), bench.budget);
  }
  Bench small(100'000);
  REQUIRE_OK(small.feed(framed(90'000, 1), 4096));
  REQUIRE(small.budget->used() == 90'000);
  const auto slice = small.frames[0].slice(10, 5);
  small.frames.clear();
  REQUIRE(small.budget->used() == 90'000);  // the slice keeps the whole frame
}

TEST_CASE("a reader that goes away in the middle of a frame gives its memory back") {
  auto budget = std::make_shared<MemoryBudget>(1 << 20);
  {
    Bench bench;
    FrameReader reader(bench.pool, budget);
    std::deque<SharedBytes> frames;
    const auto stream = framed(100'000, 1);
    std::memcpy(bench.scratch.data(), stream.data(), 4096);
    REQUIRE_OK(reader.commit(bench.scratch, 4096, kLimit, frames));
    REQUIRE(budget->used() == 4092);
  }
  REQUIRE(budget->used() == 0);
}

TEST_CASE("random bytes never do more than fail") {
  Random random(20261123);
  for (int round = 0; round < 300; ++round) {
    Bench bench(1 << 20);
    std::vector<std::uint8_t> noise(random.below(20'000) + 1);
    for (auto& byte : noise) byte = static_cast<std::uint8_t>(random.below(256));
    const auto status = bench.feed(noise, random.below(3000) + 1);
    if (status) REQUIRE(bench.reader.received_bytes() <= noise.size());
  }
}

}  // namespace millrace::node
