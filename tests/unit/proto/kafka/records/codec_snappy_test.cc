#include "proto/kafka/records/codecs.h"
#include "tests/support/catch.h"

namespace millrace::kafka::codecs {
namespace {

constexpr std::size_t kLimit = 1 << 20;
// "aaaaaaaa" as one raw block: length 8, a literal of one byte, a copy of seven at distance one.
const Bytes kRaw{0x08, 0x00, 'a', 0x0d, 0x01};
const Bytes kFraming{0x82, 'S', 'N', 'A', 'P', 'P', 'Y', 0, 0, 0, 0, 1, 0, 0, 0, 1};

Bytes operator+(Bytes a, const Bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

TEST_CASE("snappy is written in xerial's framing, a block for every 32 KiB") {
  const Bytes packed = compress_snappy(Bytes(40'000, 'x'));
  REQUIRE(std::equal(kFraming.begin(), kFraming.end(), packed.begin()));
  const auto first = load_be<std::uint32_t>(packed.data() + 16);
  const auto second = load_be<std::uint32_t>(packed.data() + 20 + first);
  REQUIRE(packed.size() == 16 + 4 + first + 4 + second);
}

TEST_CASE("snappy is read raw, framed, and in streams one after the other") {
  const Bytes block = Bytes{0, 0, 0, 5} + kRaw;
  const std::pair<Bytes, std::string> cases[] = {
      {kRaw, "aaaaaaaa"},
      {kFraming + block, "aaaaaaaa"},
      {kFraming + block + block, "aaaaaaaaaaaaaaaa"},
      {kFraming + block + kFraming + block, "aaaaaaaaaaaaaaaa"},
      {kFraming, ""},
      {Bytes{0}, ""},
  };
  for (const auto& [bytes, expected] : cases) {
    const auto unpacked = decompress_snappy(bytes, kLimit);
    REQUIRE_OK(unpacked);
    REQUIRE(as_text(*unpacked) == expected);
  }
}

TEST_CASE("a claimed size is not believed, neither of a block nor of its output") {
  const Bytes liar{0x80, 0x80, 0x80, 0x80, 0x08, 0x00};  // says that it holds 2^31 bytes
  REQUIRE_ERROR(decompress_snappy(liar, std::size_t{1} << 40), ErrorCode::kCorruptMessage);
  REQUIRE_ERROR(decompress_snappy(liar, kLimit), ErrorCode::kCorruptMessage);
  REQUIRE_ERROR(decompress_snappy(kFraming + Bytes{0, 0, 0, 6} + kRaw, kLimit),
                ErrorCode::kCorruptMessage);
  REQUIRE_ERROR(decompress_snappy(kFraming + Bytes{0xff, 0xff, 0xff, 0xff} + kRaw, kLimit),
                ErrorCode::kCorruptMessage);
  REQUIRE_ERROR(decompress_snappy(kFraming + Bytes{0, 0, 0}, kLimit), ErrorCode::kCorruptMessage);
  REQUIRE_ERROR(decompress_snappy({}, kLimit), ErrorCode::kCorruptMessage);
}

TEST_CASE("the limit holds over all blocks together") {
  const Bytes block = Bytes{0, 0, 0, 5} + kRaw;
  REQUIRE_OK(decompress_snappy(kFraming + block + block, 16));
  REQUIRE_ERROR(decompress_snappy(kFraming + block + block, 15), ErrorCode::kRecordListTooLarge);
}

}  // namespace
}  // namespace millrace::kafka::codecs
