#pragma once

#include <optional>

#include "base/bytes.h"
#include "base/ids.h"

namespace millrace::bench {

/// A valid uncompressed batch of records with `record_bytes` of value each, as large as fits into
/// `batch_bytes`, at least one record.
SharedBytes make_batch(std::size_t batch_bytes, std::size_t record_bytes);

/// The offset after the last whole batch in `records`; nothing when there is none.
std::optional<Offset> end_of_batches(ByteView records);

}  // namespace millrace::bench
