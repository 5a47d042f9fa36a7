// What nodes send each other. The first byte of an input selects a frame, a question or a reply.
// Bytes are either refused as malformed or give something that survives another trip unchanged.

#include <cstdint>
#include <cstring>
#include <random>

#include "base/check.h"
#include "node/peer/convert.h"
#include "tests/unit/node/peer/random_frames.h"

using namespace millrace;
using namespace millrace::node;

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t size_max);

namespace {

constexpr unsigned kFreshOneIn = 16;

/// Bytes that were read may be spelled otherwise than ours are, so ours are what is compared.
template <class Decoded>
void check(const Decoded& first, Decoded (*decode)(ByteView)) {
  if (!first) {
    CHECK_MSG(first.error().code == ErrorCode::kMalformed, to_string(first.error()));
    return;
  }
  const auto bytes = encode(*first);
  const auto again = decode(bytes.view());
  CHECK(again && encode(*again) == bytes);
}

std::vector<std::uint8_t> fresh_input(unsigned seed) {
  Random random(seed);
  const auto kind = static_cast<std::uint8_t>(random.below(3));
  const auto bytes = kind == 0   ? encode(random_frame(random))
                     : kind == 1 ? encode(random_question(random))
                                 : encode(random_reply(random));
  std::vector<std::uint8_t> input{kind};
  input.insert(input.end(), bytes.view().begin(), bytes.view().end());
  return input;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const ByteView bytes(data + 1, size - 1);
  switch (data[0] % 3) {
    case 0:
      check(decode_frame(bytes), &decode_frame);
      break;
    case 1:
      check(decode_question(bytes), &decode_question);
      break;
    default:
      check(decode_reply(bytes), &decode_reply);
  }
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t size_max, unsigned seed) {
  std::minstd_rand random(seed);
  if (random() % kFreshOneIn == 0) {
    const auto input = fresh_input(static_cast<unsigned>(random()));
    if (input.size() <= size_max) {
      std::memcpy(data, input.data(), input.size());
      size = input.size();
    }
  }
  return LLVMFuzzerMutate(data, size, size_max);
}
