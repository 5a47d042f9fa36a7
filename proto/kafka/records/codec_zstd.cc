#include <zstd.h>

#include <memory>

#include "proto/kafka/records/codecs.h"

namespace millrace::kafka::codecs {

namespace {

constexpr const char* kName = "zstd";
// 2^27 = 128 MiB: the window of zstd's highest level, and what a decoder grants by default.
// Reserved when a frame asks for it, but resident only as far as output was written.
constexpr int kWindowLogMax = 27;

struct FreeContext {
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

}  // namespace

Bytes compress_zstd(ByteView bytes, int level) {
  Bytes out(ZSTD_compressBound(bytes.size()));
  const int chosen = level == 0 ? ZSTD_CLEVEL_DEFAULT : level;
  const auto used = ZSTD_compress(out.data(), out.size(), bytes.data(), bytes.size(), chosen);
  CHECK_MSG(!ZSTD_isError(used), ZSTD_getErrorName(used));
  out.resize(used);
  return out;
}

Result<Bytes> decompress_zstd(ByteView bytes, std::size_t limit_bytes) {
  const std::unique_ptr<ZSTD_DCtx, FreeContext> context(ZSTD_createDCtx());
  CHECK(context != nullptr);
  CHECK(!ZSTD_isError(ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, kWindowLogMax)));
  const auto claimed = ZSTD_getFrameContentSize(bytes.data(), bytes.size());
  if (claimed == ZSTD_CONTENTSIZE_ERROR) return damaged(kName);
  if (claimed != ZSTD_CONTENTSIZE_UNKNOWN && claimed > limit_bytes) return too_large(limit_bytes);
  BoundedOutput output(limit_bytes);
  ZSTD_inBuffer input{bytes.data(), bytes.size(), 0};
  for (;;) {
    ASSIGN_OR_RETURN(const MutableByteView room, output.room());
    ZSTD_outBuffer out{room.data(), room.size(), 0};
    const auto taken_before = input.pos;
    const auto hint = ZSTD_decompressStream(context.get(), &out, &input);
    if (ZSTD_isError(hint)) return damaged(kName);
    output.wrote(out.pos);
    if (hint == 0 && input.pos == input.size) return output.finish();
    if (out.pos == 0 && input.pos == taken_before) return damaged(kName);
  }
}

}  // namespace millrace::kafka::codecs
