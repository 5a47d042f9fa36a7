#include "storage/sum.h"

#include <algorithm>
#include <array>

#include "base/crc32c.h"
#include "proto/kafka/records/batch_header.h"

namespace millrace::storage {

std::uint32_t sum_of(const TopicPartitionId& id, ByteView header) {
  std::array<std::uint8_t, Uuid::kBytes + 4> identity;
  const auto& topic = id.topic_id.uuid().bytes();
  std::copy(topic.begin(), topic.end(), identity.begin());
  store_be<std::int32_t>(identity.data() + Uuid::kBytes, id.partition.value());
  return crc32c(header.first(kafka::kBatchHeaderBytes), crc32c(identity));
}

std::vector<std::uint8_t> encode_sums(std::span<const SumEntry> entries) {
  std::vector<std::uint8_t> bytes(entries.size() * kSumEntryBytes);
  std::uint8_t* at = bytes.data();
  for (const SumEntry& entry : entries) {
    store_be(at, entry.position);
    store_be(at + 4, entry.crc);
    at += kSumEntryBytes;
  }
  return bytes;
}

std::vector<SumEntry> decode_sums(ByteView bytes) {
  std::vector<SumEntry> entries;
  entries.reserve(bytes.size() / kSumEntryBytes);
  for (; bytes.size() >= kSumEntryBytes; bytes = bytes.subspan(kSumEntryBytes)) {
    const SumEntry entry{load_be<std::uint32_t>(bytes.data()),
                         load_be<std::uint32_t>(bytes.data() + 4)};
    if (!entries.empty() && entry.position <= entries.back().position) break;
    entries.push_back(entry);
  }
  return entries;
}

std::optional<SumEntry> find_sum(std::span<const SumEntry> entries, std::uint32_t position) {
  const auto found =
      std::lower_bound(entries.begin(), entries.end(), position,
                       [](const SumEntry& entry, std::uint32_t at) { return entry.position < at; });
  if (found == entries.end() || found->position != position) return std::nullopt;
  return *found;
}

}  // namespace millrace::storage
