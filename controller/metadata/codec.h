#pragma once

#include <cstdint>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "controller/metadata/records.h"

/// Metadata as bytes: docs/formats/metadata.md. The only place that knows protobuf.
namespace millrace::controller {

/// The newest millrace.version that this program reads, and the one that it writes.
inline constexpr std::uint32_t kMetadataVersion = 1;

/// The value of one entry's record. The same records give the same bytes, in every process.
std::vector<std::uint8_t> encode(const MetadataTransaction& records);

/// Judges everything: an entry is read wholly or not at all. Errors: kCorrupt (not an entry),
/// kUnsupportedVersion (of a newer version, or with something that does not work yet, by name).
/// `level` is the millrace.version that the cluster has agreed on: an entry above it cannot be.
Result<MetadataTransaction> decode(ByteView bytes, std::uint32_t level = kMetadataVersion);

/// First record of a snapshot.
struct SnapshotHeader {
  Offset end_offset;  // everything in the log below is contained
  LeaderEpoch epoch;  // of the last entry contained
  friend bool operator==(const SnapshotHeader&, const SnapshotHeader&) = default;
};
/// Last record of a snapshot: without it the file is not whole.
struct SnapshotFooter {
  std::uint32_t entries = 0;
  friend bool operator==(const SnapshotFooter&, const SnapshotFooter&) = default;
};
using SnapshotPart = std::variant<SnapshotHeader, MetadataTransaction, SnapshotFooter>;

std::vector<std::uint8_t> encode_snapshot_part(const SnapshotPart& part);
/// Errors: as decode.
Result<SnapshotPart> decode_snapshot_part(ByteView bytes);

}  // namespace millrace::controller
