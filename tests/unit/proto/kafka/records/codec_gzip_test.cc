#include "proto/kafka/records/codecs.h"
#include "tests/support/catch.h"

namespace millrace::kafka::codecs {
namespace {

constexpr std::size_t kLimit = 1 << 20;

TEST_CASE("several gzip members read as one") {
  Bytes packed = compress_gzip(as_bytes("one "), 0);
  const Bytes second = compress_gzip(as_bytes("two"), 0);
  packed.insert(packed.end(), second.begin(), second.end());
  const auto unpacked = decompress_gzip(packed, kLimit);
  REQUIRE_OK(unpacked);
  REQUIRE(as_text(*unpacked) == "one two");
  REQUIRE_ERROR(decompress_gzip(packed, 6), ErrorCode::kRecordListTooLarge);
}

TEST_CASE("what is not gzip, or follows it, is refused") {
  const Bytes packed = compress_gzip(as_bytes("text"), 0);
  REQUIRE(packed[0] == 0x1f);
  REQUIRE(packed[1] == 0x8b);
  Bytes trailing = packed;
  trailing.push_back(0);
  REQUIRE_ERROR(decompress_gzip(trailing, kLimit), ErrorCode::kCorruptMessage);
  // Raw deflate and zlib's own framing are other formats.
  REQUIRE_ERROR(decompress_gzip(ByteView(packed).subspan(10), kLimit), ErrorCode::kCorruptMessage);
  REQUIRE_ERROR(decompress_gzip(Bytes{0x78, 0x9c, 0x03, 0x00, 0, 0, 0, 1}, kLimit),
                ErrorCode::kCorruptMessage);
  REQUIRE_ERROR(decompress_gzip({}, kLimit), ErrorCode::kCorruptMessage);
}

TEST_CASE("the checksum in gzip's trailer is checked") {
  Bytes packed = compress_gzip(as_bytes("text"), 0);
  packed[packed.size() - 8] ^= 1;
  REQUIRE_ERROR(decompress_gzip(packed, kLimit), ErrorCode::kCorruptMessage);
}

}  // namespace
}  // namespace millrace::kafka::codecs
