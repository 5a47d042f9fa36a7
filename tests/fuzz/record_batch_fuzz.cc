// Record batches from hostile producers and damaged disks. The first byte of an input selects what
// is done with the rest: produced to a partition, unpacked by one codec, read as a run of batches.
// The golden batches and verdicts are the seeds: the mutator starts over from one of them now and
// then, and often makes the CRC right again, since behind a wrong one nothing happens.

#include <algorithm>
#include <random>

#include "base/crc32c.h"
#include "proto/kafka/records/assign.h"
#include "proto/kafka/records/batch_run.h"
#include "proto/kafka/records/compression.h"
#include "proto/kafka/records/record_reader.h"
#include "tests/unit/proto/kafka/records/golden.h"
#include "tests/unit/proto/kafka/records/naive.h"

using namespace millrace;
using namespace millrace::kafka;

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t size_max);

namespace {

constexpr unsigned kFromGoldenOneIn = 64;
constexpr unsigned kResealedOneIn = 2;
constexpr std::size_t kUnpackedMax = 1 << 20;
constexpr TimestampMs kNow{1'700'000'000'000};

enum Kind : std::uint8_t { kProduce, kUnpack, kRun, kKinds };

/// What is accepted with every record read must be what the naive twin reads, and stay readable
/// once it is stored.
void check_accepted(ValidatedBatch batch) {
  std::vector<std::uint8_t> storage;
  const auto body = batch_body(batch.header, batch.bytes.view(), kUnpackedMax, storage);
  CHECK(body.has_value());
  const auto twin = naive::decode(std::string(as_text(*body)), batch.header.record_count,
                                  batch.header.last_offset_delta);
  CHECK(twin.has_value());
  CHECK(static_cast<std::int32_t>(twin->size()) == batch.header.record_count);
  BytesChain stored(assign(batch, Offset(1000), LeaderEpoch(3), std::nullopt));
  stored.append(batch.bytes.slice(kBatchHeaderBytes));
  const auto bytes = stored.flatten();
  const auto header = parse_batch_header(bytes);
  CHECK(header.has_value());
  CHECK(*header == batch.header);
  CHECK(batch_crc_holds(*header, bytes));
}

void produce(std::uint8_t settings, const SharedBytes& records) {
  ValidateOptions options;
  options.produce_version = (settings & 1) != 0 ? 13 : 3;
  options.compacted = (settings & 2) != 0;
  if ((settings & 4) != 0) options.timestamp_type = TimestampType::kLogAppendTime;
  if ((settings & 8) != 0) options.timestamp_before_max_ms = 1000;
  options.decompressed_bytes_max = kUnpackedMax;
  const auto by_header = validate_for_append(records, kNow, options);
  options.every_record = true;
  auto by_record = validate_for_append(records, kNow, options);
  // Only a wrong largest timestamp is refused by the header and mended by the records.
  CHECK(by_header.has_value() || !by_record.has_value() ||
        by_header.error().error.code == ErrorCode::kInvalidTimestamp);
  if (by_record) check_accepted(std::move(*by_record));
}

void unpack(std::uint8_t codec, ByteView bytes) {
  const auto known = static_cast<Compression>(codec % 5);
  const auto unpacked = decompress(known, bytes, kUnpackedMax);
  if (!unpacked) {
    CHECK(unpacked.error().code == ErrorCode::kCorruptMessage ||
          unpacked.error().code == ErrorCode::kRecordListTooLarge);
    return;
  }
  CHECK(unpacked->size() <= kUnpackedMax);
  const auto again = decompress(known, compress(known, *unpacked), kUnpackedMax);
  CHECK(again.has_value() && *again == *unpacked);
}

void walk(ByteView run) {
  BatchRun batches(run);
  std::size_t walked = 0;
  for (;;) {
    const auto batch = batches.next();
    if (!batch || !*batch) break;
    walked += (*batch)->bytes.size();
    CHECK(!describe_batch((*batch)->bytes).empty());
  }
  CHECK(walked + batches.rest().size() == run.size());
  const auto newest = find_max_timestamp(run);
  CHECK(newest.has_value() || !newest.error().message.empty());
  const auto reaching = first_batch_reaching(run, Offset(100));
  if (reaching && *reaching) CHECK((*reaching)->header.last_offset() >= Offset(100));
}

std::vector<std::uint8_t> seed(std::minstd_rand& random) {
  const auto& batches = golden_batches();
  const auto& verdicts = golden_verdicts();
  const auto kind = static_cast<std::uint8_t>(random() % kKinds);
  auto settings = static_cast<std::uint8_t>(random());
  const std::size_t chosen = random() % (batches.size() + verdicts.size());
  ByteView bytes = chosen < batches.size() ? ByteView(batches[chosen].bytes)
                                           : ByteView(verdicts[chosen - batches.size()].produced);
  if (kind == kUnpack && bytes.size() > kBatchHeaderBytes) {
    settings = read_batch_header(bytes).compression_id();
    bytes = bytes.subspan(kBatchHeaderBytes);
  }
  std::vector<std::uint8_t> input = {kind, settings};
  input.insert(input.end(), bytes.begin(), bytes.end());
  return input;
}

/// Makes length and CRC of the batch that the input carries right again.
void reseal(std::uint8_t* data, std::size_t size) {
  if (size < 2 + kBatchHeaderBytes || data[0] % kKinds == kUnpack) return;
  MutableByteView batch(data + 2, size - 2);
  store_be(batch.data() + 8, static_cast<std::int32_t>(batch.size() - kBatchLengthPrefixBytes));
  store_be(batch.data() + kBatchCrcStart - 4, crc32c(ByteView(batch).subspan(kBatchCrcStart)));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const ByteView bytes(data + 2, size - 2);
  switch (data[0] % kKinds) {
    case kProduce:
      produce(data[1], SharedBytes::copy_of(bytes));
      break;
    case kUnpack:
      unpack(data[1], bytes);
      break;
    default:
      walk(bytes);
      break;
  }
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t size_max, unsigned seed_number) {
  std::minstd_rand random(seed_number);
  if (random() % kFromGoldenOneIn == 0) {
    const auto input = seed(random);
    if (input.size() <= size_max) {
      std::copy(input.begin(), input.end(), data);
      size = input.size();
    }
  }
  size = LLVMFuzzerMutate(data, size, size_max);
  if (random() % kResealedOneIn == 0) reseal(data, size);
  return size;
}
