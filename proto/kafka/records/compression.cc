#include "proto/kafka/records/compression.h"

#include <fmt/format.h>

#include <algorithm>

#include "proto/kafka/records/codecs.h"

namespace millrace::kafka {

namespace codecs {

namespace {
constexpr std::size_t kFirstStepBytes = 16 * 1024;
}

tl::unexpected<Error> too_large(std::size_t limit_bytes) {
  return fail(ErrorCode::kRecordListTooLarge,
              fmt::format("compressed records unpack to more than {} bytes", limit_bytes));
}

tl::unexpected<Error> damaged(const char* codec) {
  return fail(ErrorCode::kCorruptMessage,
              fmt::format("the {} data of a record batch is damaged", codec));
}

Result<MutableByteView> BoundedOutput::room() {
  if (used_ > limit_) return too_large(limit_);
  if (used_ == bytes_.size()) {
    bytes_.resize(std::min(limit_ + 1, std::max(kFirstStepBytes, bytes_.size() * 2)));
  }
  return MutableByteView(bytes_).subspan(used_);
}

Result<Bytes> BoundedOutput::finish() {
  if (used_ > limit_) return too_large(limit_);
  bytes_.resize(used_);
  return std::move(bytes_);
}

}  // namespace codecs

std::size_t decompressed_bytes_max(std::size_t packed_bytes) {
  if (packed_bytes >= kDecompressedBytesMax / kDecompressionRatioMax) return kDecompressedBytesMax;
  return std::max(kDecompressedBytesFree, packed_bytes * kDecompressionRatioMax);
}

Result<Compression> compression_from_id(std::uint8_t id) {
  if (id > static_cast<std::uint8_t>(Compression::kZstd)) {
    return fail(ErrorCode::kUnsupportedCompression,
                fmt::format("no compression codec has the id {}", id));
  }
  return static_cast<Compression>(id);
}

std::vector<std::uint8_t> compress(Compression codec, ByteView bytes, int level) {
  switch (codec) {
    case Compression::kNone:
      return {bytes.begin(), bytes.end()};
    case Compression::kGzip:
      return codecs::compress_gzip(bytes, level);
    case Compression::kSnappy:
      return codecs::compress_snappy(bytes);
    case Compression::kLz4:
      return codecs::compress_lz4(bytes, level);
    case Compression::kZstd:
      return codecs::compress_zstd(bytes, level);
  }
  CHECK_MSG(false, "codec out of range");
}

Result<std::vector<std::uint8_t>> decompress(Compression codec, ByteView bytes,
                                             std::size_t limit_bytes) {
  if (codec != Compression::kNone) {
    limit_bytes = std::min(limit_bytes, decompressed_bytes_max(bytes.size()));
  }
  switch (codec) {
    case Compression::kNone:
      if (bytes.size() > limit_bytes) return codecs::too_large(limit_bytes);
      return std::vector<std::uint8_t>(bytes.begin(), bytes.end());
    case Compression::kGzip:
      return codecs::decompress_gzip(bytes, limit_bytes);
    case Compression::kSnappy:
      return codecs::decompress_snappy(bytes, limit_bytes);
    case Compression::kLz4:
      return codecs::decompress_lz4(bytes, limit_bytes);
    case Compression::kZstd:
      return codecs::decompress_zstd(bytes, limit_bytes);
  }
  CHECK_MSG(false, "codec out of range");
}

}  // namespace millrace::kafka
