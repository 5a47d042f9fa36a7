// Every decoder of Kafka's messages. The first byte of an input selects the message, the second its
// version, the rest is the body; the last selection is the start of a request frame. Bytes are
// either refused or give a message that survives another trip. The golden bytes are the seeds: the
// mutator starts over from one of them now and then.

#include <cstdint>
#include <cstring>
#include <random>

#include "base/check.h"
#include "proto/kafka/codec/frame.h"
#include "tests/unit/proto/kafka/codec/golden.h"
#include "tests/unit/proto/kafka/codec/message_types.h"

using namespace millrace;
using namespace millrace::kafka;

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t size_max);

namespace {

constexpr unsigned kFromGoldenOneIn = 64;

void check_error(const Error& error) {
  CHECK_MSG(error.code == ErrorCode::kMalformed || error.code == ErrorCode::kLimitReached,
            to_string(error));
}

void decode_start(SharedBytes frame) {
  Reader reader(std::move(frame));
  const auto start = decode_request_start(reader);
  if (!start) check_error(start.error());
}

void decode_body(const MessageType& type, std::uint8_t version_byte, SharedBytes body) {
  const int versions = type.max_version - type.min_version + 1;
  const auto version = static_cast<std::int16_t>(type.min_version + version_byte % versions);
  const auto decoded = type.decode(std::move(body), version);
  if (!decoded) return check_error(decoded.error());
  CHECK_MSG(decoded->round_trip, decoded->content);
}

std::vector<std::uint8_t> input_of(const Golden& golden) {
  const MessageType* const type = message_type(golden.message);
  std::vector<std::uint8_t> input = {static_cast<std::uint8_t>(type - message_types().data()),
                                     static_cast<std::uint8_t>(golden.version - type->min_version)};
  input.insert(input.end(), golden.bytes.begin(), golden.bytes.end());
  return input;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  SharedBytes body = SharedBytes::copy_of({data + 2, size - 2});
  const std::size_t selected = data[0] % (message_types().size() + 1);
  if (selected == message_types().size()) {
    decode_start(std::move(body));
  } else {
    decode_body(message_types()[selected], data[1], std::move(body));
  }
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t size_max, unsigned seed) {
  std::minstd_rand random(seed);
  if (random() % kFromGoldenOneIn == 0) {
    const auto input = input_of(goldens()[random() % goldens().size()]);
    if (input.size() <= size_max) {
      std::memcpy(data, input.data(), input.size());
      size = input.size();
    }
  }
  return LLVMFuzzerMutate(data, size, size_max);
}
