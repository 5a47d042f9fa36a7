#include <snappy-c.h>

#include <algorithm>
#include <array>

#include "proto/kafka/records/codecs.h"

namespace millrace::kafka::codecs {

namespace {

// Java clients frame snappy as the xerial library does: this header, then blocks of a big-endian
// length and raw snappy each. Others send one raw block.
constexpr std::array<std::uint8_t, 8> kXerialMagic{0x82, 'S', 'N', 'A', 'P', 'P', 'Y', 0};
constexpr std::size_t kXerialHeaderBytes = 16;
constexpr std::int32_t kXerialVersion = 1;
constexpr std::size_t kXerialBlockBytes = 32 * 1024;
constexpr const char* kName = "snappy";

// A copy element of three bytes makes at most 64 bytes, so a claim beyond this is a lie, and
// nothing is allocated for it.
constexpr std::size_t kRatioMax = 24;

Status append_raw(ByteView block, std::size_t limit_bytes, Bytes& out) {
  const auto* input = reinterpret_cast<const char*>(block.data());
  std::size_t claimed = 0;
  if (snappy_uncompressed_length(input, block.size(), &claimed) != SNAPPY_OK ||
      claimed > block.size() * kRatioMax) {
    return damaged(kName);
  }
  if (claimed > limit_bytes - out.size()) return too_large(limit_bytes);
  const std::size_t before = out.size();
  out.resize(before + claimed);
  std::size_t room = claimed;
  if (snappy_uncompress(input, block.size(), reinterpret_cast<char*>(out.data() + before), &room) !=
          SNAPPY_OK ||
      room != claimed) {
    return damaged(kName);
  }
  return {};
}

/// Whether another stream of the framing begins here: its first byte cannot be a length's.
bool is_xerial(ByteView bytes) {
  return bytes.size() >= kXerialHeaderBytes &&
         std::equal(kXerialMagic.begin(), kXerialMagic.end(), bytes.begin());
}

void append_int32(Bytes& out, std::size_t value) {
  out.resize(out.size() + 4);
  store_be<std::int32_t>(out.data() + out.size() - 4, static_cast<std::int32_t>(value));
}

}  // namespace

Bytes compress_snappy(ByteView bytes) {
  Bytes out(kXerialMagic.begin(), kXerialMagic.end());
  append_int32(out, kXerialVersion);
  append_int32(out, kXerialVersion);
  while (!bytes.empty()) {
    const auto block = bytes.first(std::min(bytes.size(), kXerialBlockBytes));
    Bytes packed(snappy_max_compressed_length(block.size()));
    std::size_t packed_bytes = packed.size();
    CHECK(snappy_compress(reinterpret_cast<const char*>(block.data()), block.size(),
                          reinterpret_cast<char*>(packed.data()), &packed_bytes) == SNAPPY_OK);
    append_int32(out, packed_bytes);
    out.insert(out.end(), packed.begin(),
               packed.begin() + static_cast<std::ptrdiff_t>(packed_bytes));
    bytes = bytes.subspan(block.size());
  }
  return out;
}

Result<Bytes> decompress_snappy(ByteView bytes, std::size_t limit_bytes) {
  Bytes out;
  if (!is_xerial(bytes)) {
    RETURN_IF_ERROR(append_raw(bytes, limit_bytes, out));
    return out;
  }
  while (!bytes.empty()) {
    if (is_xerial(bytes)) {
      bytes = bytes.subspan(kXerialHeaderBytes);
      continue;
    }
    if (bytes.size() < 4) return damaged(kName);
    const auto length = load_be<std::uint32_t>(bytes.data());
    bytes = bytes.subspan(4);
    if (length > bytes.size()) return damaged(kName);
    RETURN_IF_ERROR(append_raw(bytes.first(length), limit_bytes, out));
    bytes = bytes.subspan(length);
  }
  return out;
}

}  // namespace millrace::kafka::codecs
