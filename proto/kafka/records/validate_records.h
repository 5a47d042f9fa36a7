#pragma once

#include "proto/kafka/records/validate.h"

/// The second half of validate.h: what only the records themselves can tell.
namespace millrace::kafka {

/// Whether a producer may give a record this timestamp.
bool timestamp_in_bounds(TimestampMs timestamp, TimestampMs now, const ValidateOptions& options);

/// Unpacks the batch and reads every record: structure, keys where the topic is compacted,
/// timestamps. Returns the largest timestamp. Requires: the batch passed the checks of its header.
tl::expected<TimestampMs, ValidationFailure> validate_records(const ValidatedBatch& batch,
                                                              TimestampMs now,
                                                              const ValidateOptions& options);

}  // namespace millrace::kafka
