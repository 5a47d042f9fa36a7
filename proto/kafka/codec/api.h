#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/result.h"

namespace millrace::kafka {

/// The APIs of the protocol that we have schemas for.
enum class ApiKey : std::int16_t {
#define MILLRACE_KAFKA_API(key, name, advertised_min, min, max, first_flexible) k##name = key,
#include "proto/kafka/messages/api_table.inc"
#undef MILLRACE_KAFKA_API
};

/// One row of the table that dispatch, ApiVersions and the compatibility page come from.
struct ApiInfo {
  ApiKey key;
  std::string_view name;
  std::int16_t advertised_min;  // what ApiVersions says; may be below `min`, see 00_produce.schema
  std::int16_t min;
  std::int16_t max;
  std::int16_t first_flexible;

  [[nodiscard]] bool serves(std::int16_t version) const { return min <= version && version <= max; }
};

/// All rows in the order of their keys.
std::span<const ApiInfo> all_apis();

/// Null for a key that has no schema.
const ApiInfo* api_info(std::int16_t key);
const ApiInfo& api_info(ApiKey key);

/// kUnsupportedVersion with the range, or success.
Status check_version(std::string_view message, std::int16_t version, std::int16_t min,
                     std::int16_t max);

}  // namespace millrace::kafka
