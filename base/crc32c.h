#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace millrace {

/// CRC-32C (Castagnoli, RFC 3720 appendix B.4), as Kafka's record batch v2 uses it. `crc` continues
/// an earlier result: crc32c(b, crc32c(a)) == crc32c(a followed by b).
std::uint32_t crc32c(ByteView bytes, std::uint32_t crc = 0);

}  // namespace millrace
