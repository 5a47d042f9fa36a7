#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/ids.h"
#include "storage/write_op.h"

/// The checksum that binds a batch to its place: Kafka's batch CRC covers neither offset, epoch,
/// topic nor partition. Layout of `<base>.sum`: docs/formats/segment.md.
namespace millrace::storage {

inline constexpr std::size_t kSumEntryBytes = 8;

/// CRC-32C over topic id (16 bytes), partition (int32, big-endian) and the 61 header bytes, which
/// hold the batch CRC. Requires: header.size() >= kafka::kBatchHeaderBytes.
std::uint32_t sum_of(const TopicPartitionId& id, ByteView header);

std::vector<std::uint8_t> encode_sums(std::span<const SumEntry> entries);

/// As many whole entries as there are, as long as positions grow: what follows is not of this file.
std::vector<SumEntry> decode_sums(ByteView bytes);

/// The entry at exactly `position`. Requires: entries sorted by position.
std::optional<SumEntry> find_sum(std::span<const SumEntry> entries, std::uint32_t position);

}  // namespace millrace::storage
