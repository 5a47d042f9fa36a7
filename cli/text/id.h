#pragma once

#include <string>

#include "base/uuid.h"
#include "cli/problem.h"

namespace millrace::cli {

/// The id in the value of `option`. Problems: it is not an id, or the one that is all zeros.
Answer<Uuid> parse_id(const std::string& option, const std::string& text);

}  // namespace millrace::cli
