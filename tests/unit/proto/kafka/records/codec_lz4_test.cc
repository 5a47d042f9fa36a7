#include <lz4frame.h>

#include "proto/kafka/records/codecs.h"
#include "tests/support/catch.h"

namespace millrace::kafka::codecs {
namespace {

constexpr std::size_t kLimit = 1 << 20;

Bytes frame(LZ4F_preferences_t preferences, const Bytes& content) {
  Bytes out(LZ4F_compressFrameBound(content.size(), &preferences));
  out.resize(
      LZ4F_compressFrame(out.data(), out.size(), content.data(), content.size(), &preferences));
  return out;
}

TEST_CASE("lz4 frames have the header that Kafka's clients read: independent blocks of 64 KiB") {
  const Bytes packed = compress_lz4(as_bytes("text"), 0);
  REQUIRE(load_be<std::uint32_t>(packed.data()) == 0x04224d18);
  REQUIRE(packed[4] == 0x60);  // version 1, independent blocks, no sizes, no checksums
  REQUIRE(packed[5] == 0x40);  // 64 KiB
  REQUIRE(packed[6] == 0x82);  // the second byte of xxHash32 over the two, as the format says
}

TEST_CASE("a header with a wrong checksum, as Kafka's first format had it, is refused") {
  Bytes packed = compress_lz4(as_bytes("text"), 0);
  packed[6] ^= 1;
  REQUIRE_ERROR(decompress_lz4(packed, kLimit), ErrorCode::kCorruptMessage);
}

TEST_CASE("every kind of frame is read: linked blocks, checksums, sizes, one after the other") {
  const Bytes content(300'000, 'y');
  LZ4F_preferences_t preferences{};
  preferences.frameInfo.blockSizeID = LZ4F_max4MB;
  preferences.frameInfo.blockMode = LZ4F_blockLinked;
  preferences.frameInfo.contentChecksumFlag = LZ4F_contentChecksumEnabled;
  preferences.frameInfo.blockChecksumFlag = LZ4F_blockChecksumEnabled;
  preferences.frameInfo.contentSize = content.size();
  Bytes packed = frame(preferences, content);
  const auto unpacked = decompress_lz4(packed, kLimit);
  REQUIRE_OK(unpacked);
  REQUIRE(*unpacked == content);
  const Bytes copy = packed;
  packed.insert(packed.end(), copy.begin(), copy.end());
  const auto twice = decompress_lz4(packed, kLimit);
  REQUIRE_OK(twice);
  REQUIRE(twice->size() == 2 * content.size());
}

TEST_CASE("a size in an lz4 header beyond the limit is refused before anything is unpacked") {
  LZ4F_preferences_t preferences{};
  preferences.frameInfo.contentSize = 300'000;
  Bytes packed = frame(preferences, Bytes(300'000, 'y'));
  packed.resize(20);  // no whole block is left: only the header can be the reason
  REQUIRE_ERROR(decompress_lz4(packed, 299'999), ErrorCode::kRecordListTooLarge);
  REQUIRE_ERROR(decompress_lz4(packed, 300'000), ErrorCode::kCorruptMessage);
}

}  // namespace
}  // namespace millrace::kafka::codecs
