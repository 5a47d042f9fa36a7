#pragma once

#include <string>
#include <vector>

#include "base/settings/properties.h"

namespace millrace::node {

/// The settings in the file. Errors: kInvalidConfig naming the file when it cannot be read, and as
/// parse_properties.
Result<std::vector<Property>> read_properties(const std::string& path);

}  // namespace millrace::node
