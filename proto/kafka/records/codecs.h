#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

/// One pair a codec, each in a file of its own; compression.h is the interface.
namespace millrace::kafka::codecs {

using Bytes = std::vector<std::uint8_t>;

Bytes compress_gzip(ByteView bytes, int level);
Result<Bytes> decompress_gzip(ByteView bytes, std::size_t limit_bytes);

Bytes compress_snappy(ByteView bytes);
Result<Bytes> decompress_snappy(ByteView bytes, std::size_t limit_bytes);

Bytes compress_lz4(ByteView bytes, int level);
Result<Bytes> decompress_lz4(ByteView bytes, std::size_t limit_bytes);

Bytes compress_zstd(ByteView bytes, int level);
Result<Bytes> decompress_zstd(ByteView bytes, std::size_t limit_bytes);

/// Output of a streaming decoder: grows step by step as bytes really arrive, up to a limit. One
/// byte beyond the limit may be decoded, so that output of exactly the limit is told from too much.
class BoundedOutput {
 public:
  explicit BoundedOutput(std::size_t limit_bytes) : limit_(limit_bytes) {}

  /// Room for at least one byte more, or kRecordListTooLarge.
  Result<MutableByteView> room();
  void wrote(std::size_t count) { used_ += count; }
  /// Everything written, or kRecordListTooLarge. The object is empty afterwards.
  Result<Bytes> finish();

 private:
  std::size_t limit_;
  std::size_t used_ = 0;
  Bytes bytes_;
};

tl::unexpected<Error> too_large(std::size_t limit_bytes);
tl::unexpected<Error> damaged(const char* codec);

}  // namespace millrace::kafka::codecs
