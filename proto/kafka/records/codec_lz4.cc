#include <lz4frame.h>

#include <memory>

#include "proto/kafka/records/codecs.h"

namespace millrace::kafka::codecs {

namespace {

constexpr const char* kName = "lz4";

/// Reads the frame's header off the front of `bytes`; it may claim a size.
Status take_header(LZ4F_dctx* context, ByteView& bytes, std::size_t limit_bytes) {
  LZ4F_frameInfo_t info{};
  std::size_t taken = bytes.size();
  if (LZ4F_isError(LZ4F_getFrameInfo(context, &info, bytes.data(), &taken))) return damaged(kName);
  if (info.contentSize > limit_bytes) return too_large(limit_bytes);
  bytes = bytes.subspan(taken);
  return {};
}

struct FreeContext {
  void operator()(LZ4F_dctx* context) const { LZ4F_freeDecompressionContext(context); }
};

}  // namespace

Bytes compress_lz4(ByteView bytes, int level) {
  LZ4F_preferences_t preferences{};
  preferences.frameInfo.blockSizeID = LZ4F_max64KB;
  preferences.frameInfo.blockMode = LZ4F_blockIndependent;  // all that older Java clients can read
  preferences.compressionLevel = level;
  Bytes out(LZ4F_compressFrameBound(bytes.size(), &preferences));
  const auto used =
      LZ4F_compressFrame(out.data(), out.size(), bytes.data(), bytes.size(), &preferences);
  CHECK_MSG(!LZ4F_isError(used), LZ4F_getErrorName(used));
  out.resize(used);
  return out;
}

Result<Bytes> decompress_lz4(ByteView bytes, std::size_t limit_bytes) {
  LZ4F_dctx* created = nullptr;
  CHECK(!LZ4F_isError(LZ4F_createDecompressionContext(&created, LZ4F_VERSION)));
  const std::unique_ptr<LZ4F_dctx, FreeContext> context(created);
  RETURN_IF_ERROR(take_header(context.get(), bytes, limit_bytes));
  BoundedOutput output(limit_bytes);
  for (;;) {
    ASSIGN_OR_RETURN(const MutableByteView room, output.room());
    std::size_t written = room.size();
    std::size_t taken = bytes.size();
    const auto hint =
        LZ4F_decompress(context.get(), room.data(), &written, bytes.data(), &taken, nullptr);
    if (LZ4F_isError(hint)) return damaged(kName);
    output.wrote(written);
    bytes = bytes.subspan(taken);
    if (hint == 0 && bytes.empty()) return output.finish();
    if (written == 0 && taken == 0) return damaged(kName);
  }
}

}  // namespace millrace::kafka::codecs
