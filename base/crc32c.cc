#include "base/crc32c.h"

#include <isa-l/crc.h>

namespace millrace {

std::uint32_t crc32c(ByteView bytes, std::uint32_t crc) {
  // ISA-L takes an int length and a non-const pointer, and leaves both inversions to the caller.
  constexpr std::size_t kStep = std::size_t{1} << 30;
  std::uint32_t state = ~crc;
  while (!bytes.empty()) {
    const auto step = bytes.size() < kStep ? bytes.size() : kStep;
    state = crc32_iscsi(const_cast<unsigned char*>(bytes.data()), static_cast<int>(step), state);
    bytes = bytes.subspan(step);
  }
  return ~state;
}

}  // namespace millrace
