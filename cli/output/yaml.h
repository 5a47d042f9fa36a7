#pragma once

#include <string>

#include "cli/output/json.h"

namespace millrace::cli {

/// The same value as YAML in block style. Strings are quoted unless they can only be strings.
std::string yaml_text(const Json& value);

}  // namespace millrace::cli
