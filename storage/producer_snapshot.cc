#include <fmt/format.h>

#include "base/crc32c.h"
#include "storage/producer_state.h"

namespace millrace::storage {

namespace {

// docs/formats/producer_snapshot.md
constexpr std::int16_t kVersion = 1;
constexpr std::size_t kCrcAt = 2;
constexpr std::size_t kCountAt = 6;
constexpr std::size_t kEntriesAt = 10;
constexpr std::size_t kEntryBytes = 46;
static_assert(kEntryBytes == 8 + 2 + 4 + 8 + 4 + 8 + 4 + 8);
constexpr std::int32_t kNoCoordinator = -1;
constexpr std::int64_t kNoTransaction = -1;

void write_entry(std::uint8_t* at, ProducerId id, const ProducerEntry& entry) {
  const ProducerBatch& last = entry.batches.back();
  store_be(at, id.value());
  store_be(at + 8, entry.epoch.value());
  store_be(at + 10, last.last_sequence.value());
  store_be(at + 14, last.last_offset.value());
  store_be(at + 22, last.offset_delta);
  store_be(at + 26, last.timestamp.value());
  store_be(at + 34, kNoCoordinator);
  store_be(at + 38, kNoTransaction);
}

std::pair<ProducerId, ProducerEntry> read_entry(const std::uint8_t* at) {
  ProducerEntry entry;
  entry.epoch = ProducerEpoch(load_be<std::int16_t>(at + 8));
  ProducerBatch last;
  last.last_sequence = Sequence(load_be<std::int32_t>(at + 10));
  last.last_offset = Offset(load_be<std::int64_t>(at + 14));
  last.offset_delta = load_be<std::int32_t>(at + 22);
  last.timestamp = TimestampMs(load_be<std::int64_t>(at + 26));
  entry.batches.push_back(last);
  entry.last_seen = last.timestamp;
  return {ProducerId(load_be<std::int64_t>(at)), std::move(entry)};
}

}  // namespace

std::string snapshot_path(const std::string& directory, Offset offset) {
  return fmt::format("{}/{:020}.snapshot", directory, offset.value());
}

std::vector<std::uint8_t> encode_producer_snapshot(const ProducerState& state) {
  std::vector<std::uint8_t> bytes(kEntriesAt);
  std::int32_t count = 0;
  for (const auto& [id, entry] : state.producers()) {
    if (entry.batches.empty()) continue;
    bytes.resize(bytes.size() + kEntryBytes);
    write_entry(bytes.data() + bytes.size() - kEntryBytes, id, entry);
    ++count;
  }
  store_be(bytes.data(), kVersion);
  store_be(bytes.data() + kCountAt, count);
  store_be(bytes.data() + kCrcAt, crc32c(ByteView(bytes).subspan(kCountAt)));
  return bytes;
}

Result<std::vector<std::pair<ProducerId, ProducerEntry>>> decode_producer_snapshot(ByteView bytes) {
  if (bytes.size() < kEntriesAt || load_be<std::int16_t>(bytes.data()) != kVersion) {
    return fail(ErrorCode::kCorrupt, "not a producer snapshot of version 1");
  }
  const auto count = load_be<std::uint32_t>(bytes.data() + kCountAt);
  if (bytes.size() != kEntriesAt + std::uint64_t{count} * kEntryBytes) {
    return fail(ErrorCode::kCorrupt,
                fmt::format("producer snapshot of {} bytes for {} entries", bytes.size(), count));
  }
  if (crc32c(bytes.subspan(kCountAt)) != load_be<std::uint32_t>(bytes.data() + kCrcAt)) {
    return fail(ErrorCode::kCorrupt, "the producer snapshot does not match its CRC-32C");
  }
  std::vector<std::pair<ProducerId, ProducerEntry>> entries;
  entries.reserve(count);
  for (std::uint32_t i = 0; i < count; ++i)
    entries.push_back(read_entry(bytes.data() + kEntriesAt + i * kEntryBytes));
  return entries;
}

}  // namespace millrace::storage
