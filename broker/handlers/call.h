#pragma once

#include <cstdint>

#include "broker/ports.h"

namespace millrace::broker {

struct ApiEntry;

/// One request that was understood, and what its answer needs to know.
struct Call {
  RequestId id;
  RequestContext context;
  const ApiEntry* api = nullptr;
  std::int16_t version = 0;
  std::int32_t correlation_id = 0;
  MonotonicTime started;
};

}  // namespace millrace::broker
