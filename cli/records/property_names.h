#pragma once

#include "cli/client/properties.h"
#include "cli/problem.h"

namespace millrace::cli {

/// Refuses names that neither this command nor librdkafka knows, with the nearest that exists.
Answer<void> check_property_names(const Properties& properties);

}  // namespace millrace::cli
