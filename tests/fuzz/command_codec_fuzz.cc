// Commands between nodes and their answers. The first byte of an input selects which. Bytes are
// either refused or give a value that survives another trip.

#include <algorithm>
#include <cstdint>
#include <random>

#include "base/check.h"
#include "controller/metadata/command_codec.h"
#include "tests/unit/controller/random_requests.h"

using namespace millrace;
using namespace millrace::controller;

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t size_max);

namespace {

constexpr unsigned kFreshOneIn = 16;

void check_error(const Error& error) {
  CHECK_MSG(error.code == ErrorCode::kMalformed || error.code == ErrorCode::kUnsupportedVersion,
            to_string(error));
}

void try_request(ByteView bytes) {
  const auto request = decode_request(bytes);
  if (!request) return check_error(request.error());
  const auto again = decode_request(encode(*request).view());
  CHECK(again && *again == *request);
}

void try_result(ByteView bytes) {
  const auto result = decode_result(bytes);
  if (!result) return check_error(result.error());
  const auto again = decode_result(encode(*result).view());
  CHECK(again && *again == *result);
}

std::vector<std::uint8_t> fresh_input(unsigned seed) {
  Random random(seed);
  const auto kind = static_cast<std::uint8_t>(random.below(2));
  const auto bytes = kind == 0 ? encode(random_request(random)) : encode(random_result(random));
  std::vector<std::uint8_t> input{kind};
  input.insert(input.end(), bytes.view().begin(), bytes.view().end());
  return input;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const ByteView bytes(data + 1, size - 1);
  data[0] % 2 == 0 ? try_request(bytes) : try_result(bytes);
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t size_max, unsigned seed) {
  std::minstd_rand random(seed);
  if (random() % kFreshOneIn == 0) {
    const auto input = fresh_input(static_cast<unsigned>(random()));
    if (input.size() <= size_max) {
      std::copy(input.begin(), input.end(), data);
      size = input.size();
    }
  }
  return LLVMFuzzerMutate(data, size, size_max);
}
