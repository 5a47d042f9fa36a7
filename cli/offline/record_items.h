#pragma once

#include "cli/output/json.h"
#include "controller/metadata/records.h"

namespace millrace::cli {

/// The records of one entry as a person reads them: a list of objects, each with its "type" first
/// and then what it says, in the names of controller/metadata/records.h.
Json records_json(const controller::MetadataTransaction& records);

}  // namespace millrace::cli
