#pragma once

#include <nlohmann/json.hpp>

namespace millrace::cli {

/// Keeps the order in which fields were added: it is the order in which a person reads them.
using Json = nlohmann::ordered_json;

}  // namespace millrace::cli
