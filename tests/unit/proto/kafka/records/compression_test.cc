#include "proto/kafka/records/compression.h"

#include "base/random.h"
#include "tests/support/catch.h"
#include "tests/unit/proto/kafka/records/samples.h"

namespace millrace::kafka {
namespace {

constexpr std::size_t kLimit = 1 << 20;

std::vector<std::uint8_t> text(std::size_t bytes) {
  Random random(bytes);
  std::vector<std::uint8_t> out(bytes);
  for (auto& byte : out) byte = static_cast<std::uint8_t>('a' + random.below(7));
  return out;
}

TEST_CASE("every codec gives back what it was given, at every size around a block") {
  for (const Compression codec : kCodecs) {
    for (const std::size_t size :
         {0, 1, 61, 1000, 32 * 1024 - 1, 32 * 1024, 32 * 1024 + 1, 200'000}) {
      const auto bytes = text(size);
      const auto packed = compress(codec, bytes);
      const auto unpacked = decompress(codec, packed, kLimit);
      REQUIRE_OK(unpacked);
      REQUIRE(*unpacked == bytes);
    }
  }
}

TEST_CASE("output of exactly the limit is allowed, one byte more is not") {
  for (const Compression codec : kCodecs) {
    const auto packed = compress(codec, text(70'000));
    REQUIRE_OK(decompress(codec, packed, 70'000));
    REQUIRE_ERROR(decompress(codec, packed, 69'999), ErrorCode::kRecordListTooLarge);
  }
  REQUIRE_OK(decompress(Compression::kNone, text(10), 10));
  REQUIRE_ERROR(decompress(Compression::kNone, text(10), 9), ErrorCode::kRecordListTooLarge);
}

TEST_CASE("a bomb stops at the limit") {
  const std::vector<std::uint8_t> zeros(64 << 20);
  for (const Compression codec : kCodecs) {
    const auto bomb = compress(codec, zeros);
    REQUIRE(bomb.size() < zeros.size() / 15);
    REQUIRE_ERROR(decompress(codec, bomb, kLimit), ErrorCode::kRecordListTooLarge);
  }
}

TEST_CASE("the ratio stops a bomb that the caller's limit would let pass") {
  // 64 MiB of zeros: zstd packs them 20,000 to one, gzip 1,030 to one.
  const std::vector<std::uint8_t> zeros(64 << 20);
  const auto zstd = compress(Compression::kZstd, zeros);
  REQUIRE(zstd.size() * kDecompressionRatioMax < zeros.size());
  REQUIRE_ERROR(decompress(Compression::kZstd, zstd, kDecompressedBytesMax),
                ErrorCode::kRecordListTooLarge);
  const auto gzip = compress(Compression::kGzip, zeros);
  REQUIRE_OK(decompress(Compression::kGzip, gzip, kDecompressedBytesMax));
  // A small batch of zeros is no bomb.
  const auto small = compress(Compression::kZstd, ByteView(zeros).first(kDecompressedBytesFree));
  REQUIRE_OK(decompress(Compression::kZstd, small, kDecompressedBytesMax));
}

TEST_CASE("the limits by size") {
  REQUIRE(decompressed_bytes_max(0) == kDecompressedBytesFree);
  REQUIRE(decompressed_bytes_max(100) == kDecompressedBytesFree);
  REQUIRE(decompressed_bytes_max(20'000) == 20'000 * kDecompressionRatioMax);
  REQUIRE(decompressed_bytes_max(1 << 20) == kDecompressedBytesMax);
  REQUIRE(decompressed_bytes_max(SIZE_MAX) == kDecompressedBytesMax);
}

TEST_CASE(
    "cut at any byte, or with any byte changed, nothing but an error or other bytes come out") {
  const auto bytes = text(3000);
  for (const Compression codec : kCodecs) {
    const auto packed = compress(codec, bytes);
    for (std::size_t cut = 0; cut < packed.size(); ++cut) {
      const auto result = decompress(codec, ByteView(packed).first(cut), kLimit);
      // Snappy's framing has no end mark: cut between blocks it reads as shorter.
      if (result) REQUIRE(codec == Compression::kSnappy);
    }
    for (std::size_t at = 0; at < packed.size(); ++at) {
      auto changed = packed;
      changed[at] = static_cast<std::uint8_t>(changed[at] ^ 0x5a);
      const auto result = decompress(codec, changed, kLimit);
      if (result) REQUIRE(result->size() <= kLimit);
    }
  }
}

TEST_CASE("codec ids beyond zstd are refused") {
  for (std::uint8_t id = 0; id <= 4; ++id) REQUIRE_OK(compression_from_id(id));
  for (std::uint8_t id = 5; id <= 7; ++id)
    REQUIRE_ERROR(compression_from_id(id), ErrorCode::kUnsupportedCompression);
}

}  // namespace
}  // namespace millrace::kafka
