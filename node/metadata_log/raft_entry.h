#pragma once

#include "base/bytes.h"
#include "base/ids.h"
#include "base/result.h"
#include "raft/types.h"

/// An entry of the quorum's log as a record batch: docs/formats/metadata.md. Commands are plain
/// batches; what the quorum says of itself is a control batch, with Kafka's key (KIP-595, KIP-853).
namespace millrace::node {

/// Largest command: a transaction of some 200,000 partitions.
inline constexpr std::size_t kMetadataEntryBytesMax = 32 << 20;

SharedBytes encode_entry(const raft::Entry& entry, TimestampMs now);

struct DecodedEntry {
  raft::Entry entry;  // its command is a view of the batch, kept alive by it
  std::size_t batch_bytes;
};
/// The entry at `offset`, which `bytes` begin with. Errors: kCorrupt, kUnsupportedVersion (a kind
/// of control batch that this release does not know).
Result<DecodedEntry> decode_entry(Offset offset, const SharedBytes& bytes);

}  // namespace millrace::node
