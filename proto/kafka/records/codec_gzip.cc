#include <zlib.h>

#include <algorithm>

#include "proto/kafka/records/codecs.h"

namespace millrace::kafka::codecs {

namespace {

constexpr int kGzipWindowBits = 15 + 16;  // 16: with gzip's header and trailer
constexpr int kMemoryLevel = 8;           // zlib's default
constexpr const char* kName = "gzip";

z_stream stream_over(ByteView bytes) {
  z_stream stream{};
  stream.next_in = const_cast<Bytef*>(bytes.data());  // zlib does not write to its input
  stream.avail_in = static_cast<uInt>(bytes.size());
  return stream;
}

struct InflateEnd {
  z_stream& stream;
  ~InflateEnd() { inflateEnd(&stream); }
};

}  // namespace

Bytes compress_gzip(ByteView bytes, int level) {
  CHECK(bytes.size() <= UINT32_MAX);
  z_stream stream = stream_over(bytes);
  const int chosen = level == 0 ? Z_DEFAULT_COMPRESSION : level;
  CHECK(deflateInit2(&stream, chosen, Z_DEFLATED, kGzipWindowBits, kMemoryLevel,
                     Z_DEFAULT_STRATEGY) == Z_OK);
  Bytes out(deflateBound(&stream, static_cast<uLong>(bytes.size())));
  stream.next_out = out.data();
  stream.avail_out = static_cast<uInt>(out.size());
  CHECK(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

Result<Bytes> decompress_gzip(ByteView bytes, std::size_t limit_bytes) {
  if (bytes.empty() || bytes.size() > UINT32_MAX) return damaged(kName);
  z_stream stream = stream_over(bytes);
  CHECK(inflateInit2(&stream, kGzipWindowBits) == Z_OK);
  const InflateEnd end{stream};
  BoundedOutput output(limit_bytes);
  for (;;) {
    ASSIGN_OR_RETURN(const MutableByteView room, output.room());
    stream.next_out = room.data();
    stream.avail_out = static_cast<uInt>(std::min<std::size_t>(room.size(), UINT32_MAX));
    const auto offered = stream.avail_out;
    const int state = inflate(&stream, Z_NO_FLUSH);
    const auto got = offered - stream.avail_out;
    output.wrote(got);
    if (state == Z_STREAM_END) {
      if (stream.avail_in == 0) return output.finish();
      if (inflateReset(&stream) != Z_OK) return damaged(kName);  // another member follows
    } else if (state != Z_OK || (got == 0 && stream.avail_in == 0)) {
      return damaged(kName);
    }
  }
}

}  // namespace millrace::kafka::codecs
