#pragma once

#include <string>
#include <string_view>

#include "cli/output/json.h"
#include "cli/output/shape.h"
#include "cli/problem.h"
#include "cli/records/record.h"

namespace millrace::cli {

/// A record as consume prints it and produce --format json reads it. Keys, values and header values
/// that are not UTF-8 are base64, and "key_encoding", "value_encoding" or a header's "encoding"
/// says so.
Json record_json(const Record& record);

/// Fields that a record to produce does not have (topic, partition, offset) are ignored, so that
/// the output of consume can be produced again.
Answer<Record> record_from_json(std::string_view line);

/// What a consumed record looks like, for the schema and tsv.
Shape record_shape();

}  // namespace millrace::cli
