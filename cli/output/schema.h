#pragma once

#include <string>

#include "cli/output/json.h"
#include "cli/output/shape.h"

namespace millrace::cli {

/// The JSON schema (draft 2020-12) of the document that `command` prints with -o json.
Json document_schema(const std::string& command, const Shape& shape);

/// The JSON schema of one item.
Json item_schema(const std::vector<Field>& fields);

}  // namespace millrace::cli
