#include <zstd.h>

#include "proto/kafka/records/codecs.h"
#include "tests/support/catch.h"

namespace millrace::kafka::codecs {
namespace {

constexpr std::size_t kLimit = 1 << 20;

/// A frame as a stream writes it: without the content's size in its header.
Bytes streamed(const Bytes& content, int level) {
  ZSTD_CCtx* const context = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level);
  Bytes out(ZSTD_compressBound(content.size()));
  ZSTD_outBuffer output{out.data(), out.size(), 0};
  ZSTD_inBuffer first{content.data(), content.size() / 2, 0};
  ZSTD_compressStream2(context, &output, &first, ZSTD_e_flush);
  ZSTD_inBuffer second{content.data(), content.size(), content.size() / 2};
  REQUIRE(ZSTD_compressStream2(context, &output, &second, ZSTD_e_end) == 0);
  ZSTD_freeCCtx(context);
  out.resize(output.pos);
  return out;
}

TEST_CASE(
    "zstd frames are read with and without a size, at any level's window, one after the other") {
  const Bytes content(300'000, 'z');
  for (const int level : {1, 3, ZSTD_maxCLevel()}) {
    Bytes packed = streamed(content, level);
    REQUIRE(ZSTD_getFrameContentSize(packed.data(), packed.size()) == ZSTD_CONTENTSIZE_UNKNOWN);
    const Bytes whole = compress_zstd(content, level);
    REQUIRE(ZSTD_getFrameContentSize(whole.data(), whole.size()) == content.size());
    packed.insert(packed.end(), whole.begin(), whole.end());
    const auto unpacked = decompress_zstd(packed, kLimit);
    REQUIRE_OK(unpacked);
    REQUIRE(unpacked->size() == 2 * content.size());
  }
}

TEST_CASE("a size in a zstd header beyond the limit is refused before anything is unpacked") {
  Bytes packed = compress_zstd(Bytes(300'000, 'z'), 0);
  packed.resize(12);
  REQUIRE_ERROR(decompress_zstd(packed, 299'999), ErrorCode::kRecordListTooLarge);
  REQUIRE_ERROR(decompress_zstd(packed, 300'000), ErrorCode::kCorruptMessage);
}

TEST_CASE("without a size the limit holds while the output comes") {
  REQUIRE_ERROR(decompress_zstd(streamed(Bytes(300'000, 'z'), 3), 299'999),
                ErrorCode::kRecordListTooLarge);
}

TEST_CASE("a window beyond what any level uses is refused") {
  // Magic, then a frame header without size, and a window of 2^31 bytes.
  const Bytes packed{0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xa8, 0x01, 0x00, 0x00};
  REQUIRE_ERROR(decompress_zstd(packed, kLimit), ErrorCode::kCorruptMessage);
  Bytes allowed = packed;
  allowed[5] = 0x88;  // 2^27, an empty last block
  REQUIRE_OK(decompress_zstd(allowed, kLimit));
}

}  // namespace
}  // namespace millrace::kafka::codecs
