#pragma once

#include <optional>

#include "base/bytes.h"
#include "base/ids.h"
#include "proto/kafka/records/validate.h"

namespace millrace::kafka {

/// The 61 header bytes as the leader stores them: base offset and leader epoch set, and with
/// `append_time` the largest timestamp and the type bit. The CRC is computed again over the rest of
/// the batch only if a field that it covers differs from what the producer sent. Gather the result
/// with `batch.bytes.slice(kBatchHeaderBytes)`. Updates `batch.header` alike.
SharedBytes assign(ValidatedBatch& batch, Offset base_offset, LeaderEpoch epoch,
                   std::optional<TimestampMs> append_time);

}  // namespace millrace::kafka
