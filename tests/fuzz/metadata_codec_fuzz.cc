// What the metadata log and its snapshots hold. The first byte of an input selects an entry, a part
// of a snapshot, or a batch of the log. Bytes are either refused or give records that survive
// another trip; records are either refused by apply or give an image that its own records make
// again.

#include <cstdint>
#include <cstring>
#include <random>

#include "base/check.h"
#include "controller/metadata/apply.h"
#include "controller/metadata/codec.h"
#include "controller/metadata/snapshot.h"
#include "node/metadata_log/entry_batch.h"
#include "tests/unit/controller/random_records.h"

using namespace millrace;
using namespace millrace::controller;

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t size_max);

namespace {

constexpr unsigned kFreshOneIn = 16;
constexpr Offset kEnd{1'000'000};

void check_error(const Error& error) {
  CHECK_MSG(error.code == ErrorCode::kCorrupt || error.code == ErrorCode::kUnsupportedVersion,
            to_string(error));
}

void check_image(const MetadataImage& image) {
  const auto again = load_image(image.end_offset(), records_of(image));
  CHECK_MSG(again.has_value(), image.describe());
  CHECK_MSG(state_hash(**again) == state_hash(image), image.describe());
  CHECK_MSG(computed_state_hash(image) == state_hash(image), image.describe());
}

void try_entry(ByteView bytes) {
  const auto records = decode(bytes);
  if (!records) return check_error(records.error());
  const auto again = decode(encode(*records));
  CHECK(again && *again == *records);
  for (const auto& image :
       {apply_records(*MetadataImage::empty(), *records), load_image(kEnd, {*records})}) {
    if (!image) {
      check_error(image.error());
    } else {
      check_image(**image);
    }
  }
}

void try_part(ByteView bytes) {
  const auto part = decode_snapshot_part(bytes);
  if (!part) return check_error(part.error());
  const auto again = decode_snapshot_part(encode_snapshot_part(*part));
  CHECK(again && *again == *part);
}

void try_batch(ByteView bytes) {
  const auto entry = node::entry_value(Offset(0), bytes);
  if (!entry) return check_error(entry.error());
  CHECK(entry->batch_bytes <= bytes.size());
  try_entry(entry->value);
}

std::vector<std::uint8_t> fresh_input(unsigned seed) {
  Random random(seed);
  MetadataTransaction records;
  if (random.chance(1, 2)) {
    records = random_fitting_transaction(random, *MetadataImage::empty());
  } else {
    for (auto count = random.below(5); count > 0; --count) {
      records.push_back(random_record(random));
    }
  }
  const auto kind = static_cast<std::uint8_t>(random.below(3));
  std::vector<std::uint8_t> input{kind};
  auto bytes = kind == 1 ? encode_snapshot_part(records) : encode(records);
  if (kind == 2) {
    const auto batch = node::entry_batch(Offset(0), bytes, TimestampMs(0));
    bytes.assign(batch.view().begin(), batch.view().end());
  }
  input.insert(input.end(), bytes.begin(), bytes.end());
  return input;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const ByteView bytes(data + 1, size - 1);
  switch (data[0] % 3) {
    case 0:
      try_entry(bytes);
      break;
    case 1:
      try_part(bytes);
      break;
    default:
      try_batch(bytes);
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
