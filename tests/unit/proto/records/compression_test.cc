#include "proto/kafka/records/compression.h"

#include <string>

#include "base/random.h"
#include "tests/support/catch.h"

namespace millrace::kafka {
namespace {

constexpr std::size_t kLimit = 1 << 20;
constexpr Compression kCodecs[] = {Compression::kGzip, Compression::kSnappy, Compression::kLz4,
                                   Compression::kZstd};

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
}

TEST_CASE("a bomb stops at the limit") {
  const std::vector<std::uint8_t> zeros(64 << 20);
  for (const Compression codec : kCodecs) {
    const auto bomb = compress(codec, zeros);
    REQUIRE(bomb.size() < zeros.size() / 15);
    REQUIRE_ERROR(decompress(codec, bomb, kLimit), ErrorCode::kRecordListTooLarge);
  }
}

TEST_CASE("a claimed size is not believed") {
  // Raw snappy that says it holds 2^31 bytes.
  const std::vector<std::uint8_t> liar{0x80, 0x80, 0x80, 0x80, 0x08, 0x00};
  REQUIRE_ERROR(decompress(Compression::kSnappy, liar, std::size_t{1} << 40),
                ErrorCode::kCorruptMessage);
}

TEST_CASE(
    "cut at any byte, or with any byte changed, nothing but an error or other bytes comes out") {
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

TEST_CASE("snappy without xerial's framing is read too") {
  // "aaaaaaaa" as one raw block: length 8, a literal of one byte, a copy of seven at distance one.
  const std::vector<std::uint8_t> raw{0x08, 0x00, 'a', 0x0d, 0x01};
  const auto unpacked = decompress(Compression::kSnappy, raw, kLimit);
  REQUIRE_OK(unpacked);
  REQUIRE(as_text(*unpacked) == "aaaaaaaa");
}

TEST_CASE("several gzip members read as one") {
  auto packed = compress(Compression::kGzip, as_bytes("one "));
  const auto second = compress(Compression::kGzip, as_bytes("two"));
  packed.insert(packed.end(), second.begin(), second.end());
  const auto unpacked = decompress(Compression::kGzip, packed, kLimit);
  REQUIRE_OK(unpacked);
  REQUIRE(as_text(*unpacked) == "one two");
}

TEST_CASE("codec ids beyond zstd are refused") {
  for (std::uint8_t id = 0; id <= 4; ++id) REQUIRE_OK(compression_from_id(id));
  for (std::uint8_t id = 5; id <= 7; ++id)
    REQUIRE_ERROR(compression_from_id(id), ErrorCode::kUnsupportedCompression);
}

}  // namespace
}  // namespace millrace::kafka
