#pragma once

#include "base/bytes.h"
#include "base/ids.h"
#include "base/result.h"
#include "proto/kafka/records/batch_header.h"

/// One entry of the metadata log, or one part of a snapshot: a record batch with one record, not
/// compressed, without key. docs/formats/metadata.md.
namespace millrace::node {

/// The log epoch of a quorum of one.
inline constexpr LeaderEpoch kMetadataEpoch{1};

SharedBytes entry_batch(Offset index, ByteView value, TimestampMs now);

/// The value of the entry that `batch` begins with, in the same memory, and the bytes of its batch.
/// Errors: kCorrupt when it is not the entry at `index`, whole and with its CRC.
struct EntryValue {
  ByteView value;
  std::size_t batch_bytes;
};
Result<EntryValue> entry_value(Offset index, ByteView batch);

}  // namespace millrace::node
