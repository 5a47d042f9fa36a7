#pragma once

#include <string>
#include <vector>

#include "cli/output/json.h"
#include "cli/output/shape.h"

namespace millrace::cli {

/// A value as one cell: "-" for null and for what is empty, "yes" and "no", lists joined by commas,
/// maps as a=1,b=2.
std::string cell_text(const Json& value);

/// The item's rows, each with one cell for each of `columns`.
std::vector<std::vector<std::string>> rows_of(const Json& item, const Shape& shape,
                                              const std::vector<Column>& columns);

}  // namespace millrace::cli
